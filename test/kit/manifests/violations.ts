import { podOf, type Manifest } from './manifest.ts';
import { objectViolations, repeated } from './objectRules.ts';
import { podViolations } from './podRules.ts';
import { referenceViolations } from './references.ts';
import { ManifestSchemas } from './schemas.ts';

/**
 * The reasons why a cluster would refuse the manifests of one installation, or why an object of
 * them would have no effect: one line each, which begins with the kind and the name. The rules
 * beyond the schemas apply only to manifests whose fields have the right types.
 */
export function manifestViolations(
  manifests: readonly Manifest[],
  schemas = new ManifestSchemas(),
): string[] {
  const invalid = manifests.flatMap((manifest) => schemas.violations(manifest));
  if (invalid.length > 0) return invalid;
  const names = manifests.map(nameOf);
  return [
    ...repeated(names).map((name) => `${name} is repeated`),
    ...manifests.flatMap((manifest) => {
      const pod = podOf(manifest);
      return [
        ...objectViolations(manifest),
        ...(pod === undefined ? [] : podViolations(pod)),
        ...referenceViolations(manifest, manifests),
      ].map((text) => `${nameOf(manifest)}: ${text}`);
    }),
  ];
}

function nameOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name}`;
}
