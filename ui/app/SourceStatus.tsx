import type { Session } from '../../src/cli/ui/server/contract.ts';
import { summarizeSources } from './sources.ts';

export interface SourceStatusProps {
  readonly session: Session;
  /** False while the session may be out of date. */
  readonly isConnected: boolean;
}

/** A button with the state of the sources; behind it, their list. */
export function SourceStatus({ session, isConnected }: SourceStatusProps) {
  const { rows, problems } = summarizeSources(session);
  const state = problems > 0 ? 'problem' : isConnected ? 'ok' : 'unknown';
  return (
    <div class="source-status">
      <button type="button" class="button" popovertarget="sources" data-state={state}>
        <span class="source-dot" aria-hidden="true" />
        <span class={problems > 0 ? 'source-name' : undefined}>
          {session.transport === 'rabbitmq' ? 'RabbitMQ' : 'SQLite'}
        </span>
        {problems > 0 && (
          <span class="source-problems">
            {problems} {problems === 1 ? 'problem' : 'problems'}
          </span>
        )}
      </button>
      <div id="sources" popover="auto" class="popover sources" role="dialog" aria-label="Sources">
        <h2>Sources</h2>
        <dl>
          {rows.map(({ name, texts }) => (
            <div key={name} class="source">
              <dt>{name}</dt>
              {texts.map(({ text, isProblem }, index) => (
                <dd key={index} data-state={isProblem ? 'problem' : 'ok'}>
                  {text}
                </dd>
              ))}
            </div>
          ))}
        </dl>
        <div class="sources-foot">
          <span class="hint">asya-sidecar {session.version}</span>
        </div>
      </div>
    </div>
  );
}
