import type { Session } from '../../src/cli/ui/server/contract.ts';
import { summarizeSources } from './sources.ts';

/** A button with the state of the broker, and the list of all sources behind it. */
export function SourceStatus({ session }: { readonly session: Session }) {
  const { rows, problems } = summarizeSources(session);
  const state = problems === 0 ? 'ok' : 'problem';
  return (
    <div class="source-status">
      <button type="button" class="button" popovertarget="sources" data-state={state}>
        <span class="source-dot" aria-hidden="true" />
        {session.transport === 'rabbitmq' ? 'RabbitMQ' : 'SQLite'}
        {problems > 0 && `: ${problems} ${problems === 1 ? 'problem' : 'problems'}`}
      </button>
      <div id="sources" popover="auto" class="sources" role="dialog" aria-label="Sources">
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
        <p class="hint">asya-sidecar {session.version}</p>
      </div>
    </div>
  );
}
