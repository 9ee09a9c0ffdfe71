import { TraceFlags, type Link } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import { ASYA } from '../attributes.ts';
import type { SdkEnvironment } from './environment.ts';

/**
 * Creates the sampler of `OTEL_TRACES_SAMPLER`, except that the call of a batch is sampled if one
 * of its hops is: it starts a trace, about which the sampler would decide without the hops.
 * @returns undefined if the variable is not set or not valid; the SDK then samples each new trace
 */
export function createSampler(env: SdkEnvironment): Sampler | undefined {
  const sampler = readSampler(env);
  return sampler && sampleBatchesOfSampledHops(sampler);
}

function readSampler(env: SdkEnvironment): Sampler | undefined {
  const [, prefix, name = ''] =
    /^(parentbased_)?(\w+)$/.exec(env['OTEL_TRACES_SAMPLER']?.trim() ?? '') ?? [];
  const root = readRootSampler(name, env['OTEL_TRACES_SAMPLER_ARG']);
  return prefix === undefined || root === undefined ? root : new ParentBasedSampler({ root });
}

function readRootSampler(name: string, argument = ''): Sampler | undefined {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return isShare(argument) ? new TraceIdRatioBasedSampler(Number(argument)) : undefined;
    default:
      return undefined;
  }
}

function isShare(text: string): boolean {
  return text.trim() !== '' && Number(text) >= 0 && Number(text) <= 1;
}

function sampleBatchesOfSampledHops(sampler: Sampler): Sampler {
  return {
    shouldSample(context, traceId, name, kind, attributes, links) {
      return attributes[ASYA.batchSize] !== undefined && links.some(isSampled)
        ? { decision: SamplingDecision.RECORD_AND_SAMPLED }
        : sampler.shouldSample(context, traceId, name, kind, attributes, links);
    },
    toString: () => sampler.toString(),
  };
}

function isSampled({ context }: Link): boolean {
  return (context.traceFlags & TraceFlags.SAMPLED) !== 0;
}
