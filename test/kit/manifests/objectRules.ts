import { KIB, MIB } from '../../../src/units.ts';
import type { Fields, Manifest, Metadata } from './manifest.ts';

/**
 * Rules of the API server for all objects, which no schema contains.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */
const MAX_ANNOTATIONS_BYTES = 256 * KIB;
const MAX_DATA_BYTES = MIB;

const LABEL_VALUE = /^(?:(?=.{1,63}$)[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?)?$/;
const LABEL_KEY =
  /^(?:(?=[^/]{1,253}\/)[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?(?=[^/]{1,63}$)[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?$/;
const DATA_KEY = /^(?!\.\.?$)[-\w.]{1,253}$/;

/**
 * The violations in the name, labels, annotations and data of an object, and in the labels of its
 * template. The names of all objects must be DNS labels, as the names of Services must, so that
 * they can also be label values.
 */
export function objectViolations({ metadata, spec, data, stringData }: Manifest): string[] {
  const template = (spec?.['template'] as { readonly metadata?: Metadata } | undefined)?.metadata;
  return [
    ...nameViolations('metadata.name', [metadata.name]),
    ...nameViolations('metadata.namespace', [metadata.namespace ?? 'default']),
    ...metadataViolations('metadata', metadata),
    ...metadataViolations('spec.template.metadata', template ?? {}),
    ...dataViolations({ ...data, ...stringData }),
  ];
}

const DNS_LABEL = /^(?=.{1,63}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

/** The violations of names that must be DNS labels, and different from each other. */
export function nameViolations(path: string, names: readonly string[]): string[] {
  return [
    ...names
      .filter((name) => !DNS_LABEL.test(name))
      .map((name) => `${path} "${name}" is not a DNS label`),
    ...repeated(names).map((name) => `${path} "${name}" is repeated`),
  ];
}

/** Each value that occurs more than once. */
export function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

function metadataViolations(
  path: string,
  { labels = {}, annotations = {} }: Pick<Metadata, 'labels' | 'annotations'>,
): string[] {
  const keys = [...Object.keys(labels), ...Object.keys(annotations)];
  const size = Object.entries(annotations).flat().join('').length;
  return [
    ...keys
      .filter((key) => !LABEL_KEY.test(key))
      .map((key) => `${path} has an invalid key "${key}"`),
    ...Object.values(labels)
      .filter((value) => !LABEL_VALUE.test(value))
      .map((value) => `${path}.labels has an invalid value "${value}"`),
    ...(size > MAX_ANNOTATIONS_BYTES ? [`${path}.annotations exceed 256 KiB`] : []),
  ];
}

function dataViolations(data: Fields): string[] {
  const size = Buffer.byteLength(Object.entries(data).flat().join(''));
  return [
    ...Object.keys(data)
      .filter((key) => !DATA_KEY.test(key))
      .map((key) => `data has an invalid key "${key}"`),
    ...(size > MAX_DATA_BYTES ? ['data exceeds 1 MiB'] : []),
  ];
}
