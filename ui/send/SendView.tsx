import { useEffect, useMemo } from 'preact/hooks';
import type { ViewProps } from '../app/view.ts';
import { EmptyState } from '../components/EmptyState.tsx';
import { ViewHeading } from '../components/ViewHeading.tsx';
import { SendFields } from './SendFields.tsx';
import { routeOf } from './sendForm.ts';
import { SendResultPart } from './SendResultPart.tsx';
import { useKnownActors } from './useKnownActors.ts';
import { useSendModel } from './useSendModel.ts';

/** Sends an envelope, and shows its answers. */
export function SendView({ client, session, params, navigate, linkTo, kept }: ViewProps) {
  const model = useSendModel(kept);
  const known = useKnownActors(client);
  const actors = useMemo(() => {
    const named = session.sources.sidecars.flatMap(({ actor }) => actor ?? []);
    return [...new Set([...known, ...named])].toSorted();
  }, [known, session]);
  useEffect(() => {
    const route = routeOf(params);
    if (route === undefined) return;
    model.setForm({ route });
    // The route is the form's now; a return to this entry of the history keeps its changes.
    navigate('send', {}, { replace: true });
  }, [params]);
  const { result } = model;
  return (
    <>
      <ViewHeading>Send</ViewHeading>
      <div class="send">
        <SendFields
          model={model}
          actors={actors}
          isReadOnly={session.isReadOnly}
          onSend={() => void model.send(client)}
        />
        {result === undefined ? (
          <EmptyState title="No envelope sent yet">
            <p>The answers from happy-end and error-end appear here.</p>
          </EmptyState>
        ) : (
          <SendResultPart
            result={result}
            journeyLink={(journey) => linkTo('journey', { id: journey })}
          />
        )}
      </div>
    </>
  );
}
