import type { Step } from '../../../trace/journeys/steps.ts';
import { ATTRIBUTE } from '../../../trace/spans/attributes.ts';
import type { AttributeValue } from '../../../trace/spans/otlp.ts';

/** Returns all steps, each one before the steps that follow it. */
export function listSteps(roots: readonly Step[]): readonly Step[] {
  const steps: Step[] = [];
  const open = [...roots].toReversed();
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    steps.push(step);
    for (const next of step.next.toReversed()) open.push(next);
  }
  return steps;
}

/** Undefined for a span of a runtime. */
export function actorOf({ span }: Step): string | undefined {
  return textOf(span.attributes.get(ATTRIBUTE.actor));
}

export function outcomeOf({ span }: Step): string | undefined {
  return textOf(span.attributes.get(ATTRIBUTE.outcome));
}

/** A span has the id of its envelope only if it differs from that of the journey. */
export function envelopeIdOf({ span: { attributes } }: Step): string {
  return String(attributes.get(ATTRIBUTE.envelopeId) ?? attributes.get(ATTRIBUTE.journeyId) ?? '');
}

/** `happy-end` or `error-end` for a hop of an end. */
export function endOf({ span }: Step): string | undefined {
  return textOf(span.attributes.get(ATTRIBUTE.end));
}

function textOf(value: AttributeValue | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}
