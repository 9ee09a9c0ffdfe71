import { useState } from 'preact/hooks';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { EmptyState } from '../components/EmptyState.tsx';
import { JsonEditor } from '../components/JsonEditor.tsx';
import { JsonTree } from '../components/JsonTree.tsx';
import { Notice } from '../components/Notice.tsx';
import { Select } from '../components/Select.tsx';
import { TextField } from '../components/TextField.tsx';
import { AsOf } from '../components/Time.tsx';
import { ViewHeading } from '../components/ViewHeading.tsx';
import { GalleryTables } from './GalleryTables.tsx';
import { PAYLOAD } from './payload.ts';

const OPTIONS = [
  { value: 'prep', text: 'prep' },
  { value: 'infer', text: 'infer' },
];
const KINDS = ['info', 'warning', 'error', 'success', 'source'] as const;

/** All components with hostile and large values. It is no part of the build. */
export function Gallery() {
  const [actor, setActor] = useState('infer');
  const [rate, setRate] = useState('x');
  const [payload, setPayload] = useState('{"a": [1, 2,\n 3 x]}');
  return (
    <main class="view">
      <ViewHeading aside={<AsOf time="2026-11-29T12:00:01Z" />}>Components</ViewHeading>
      <Buttons />
      {KINDS.map((kind) => (
        <Notice key={kind} kind={kind}>
          Hops need <code>--sidecars ADDRESS</code>.
        </Notice>
      ))}
      <Select label="Actor" value={actor} options={OPTIONS} onChange={setActor} />
      <TextField
        label="Rate"
        hint="Messages per second"
        value={rate}
        error={/^\d+$/.test(rate) ? undefined : 'must be a positive integer'}
        onChange={setRate}
      />
      <TextField label="Since" type="datetime-local" value="" onChange={() => undefined} />
      <JsonTree label="Payload" text={PAYLOAD} />
      <JsonEditor label="New payload" value={payload} onChange={setPayload} />
      <GalleryTables />
      <EmptyState title="No errors in error-end" />
    </main>
  );
}

function Buttons() {
  const [isOpen, setOpen] = useState(false);
  const close = (): void => setOpen(false);
  return (
    <div>
      <Button kind="primary" onClick={() => setOpen(true)}>
        Open dialog
      </Button>
      <Button>Refresh</Button>
      <Button kind="danger">Discard</Button>
      <Button kind="plain">More</Button>
      <Button disabled>Disabled</Button>
      <Button busy>Busy</Button>
      <Button pressed>Pressed</Button>
      {isOpen && (
        <Dialog title="Discard 3 messages" onClose={close} actions={<Button>Discard all</Button>}>
          <p>The messages leave the queue.</p>
        </Dialog>
      )}
    </div>
  );
}
