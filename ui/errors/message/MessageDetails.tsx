import type { ErrorMessage } from '../../../src/cli/ui/errors/contract.ts';
import { Badge } from '../../components/Badge.tsx';
import { EnvelopeLink } from '../../components/EnvelopeLink.tsx';
import { Fact } from '../../components/Fact.tsx';
import { formatBytes } from '../../components/format.ts';
import { Notice } from '../../components/Notice.tsx';
import { Time } from '../../components/Time.tsx';
import { visibleText } from '../../components/visibleText.ts';
import { JsonSection } from './JsonSection.tsx';
import { RouteLine } from './RouteLine.tsx';
import { TextBlock } from './TextBlock.tsx';

/** One failed message: the error first, then what it failed with. */
export function MessageDetails({ message }: { readonly message: ErrorMessage }) {
  const { text, traceback, route, headers, payload, body, bodyBase64, properties } = message;
  return (
    <>
      <Facts message={message} />
      {message.parked !== undefined && (
        <Notice kind="warning">
          error-end has parked this message: {visibleText(message.parked.code)}:{' '}
          {visibleText(message.parked.text)}
        </Notice>
      )}
      {message.lost !== undefined && (
        <Notice kind="warning">It cannot be replayed: {visibleText(message.lost)}.</Notice>
      )}
      <TextBlock title="Error" text={text} what="error" />
      {route !== undefined && <RouteLine {...route} />}
      {payload !== undefined && <JsonSection title="Payload" text={payload} what="payload" />}
      {traceback !== undefined && <TextBlock title="Traceback" text={traceback} what="traceback" />}
      {body !== undefined && (
        <TextBlock title="Bytes that are not an envelope" text={body} what="text" />
      )}
      {bodyBase64 !== undefined && (
        <TextBlock
          title="Bytes that are not an envelope, in base64"
          text={bodyBase64}
          what="base64"
        />
      )}
      {headers !== undefined && <JsonSection title="Headers" text={headers} what="headers" />}
      {properties !== undefined && Object.keys(properties).length > 0 && (
        <JsonSection
          title="Message properties"
          text={JSON.stringify(properties)}
          what="properties"
        />
      )}
    </>
  );
}

function Facts({ message }: { readonly message: ErrorMessage }) {
  const { code, type, actor, attempt, failedAt, sizeBytes, journey } = message;
  return (
    <dl class="errors-facts">
      <Fact name="Code">
        {code === undefined ? '–' : <Badge kind="bad">{visibleText(code)}</Badge>}
      </Fact>
      {type !== undefined && <Fact name="Class">{visibleText(type)}</Fact>}
      <Fact name="Actor">{visibleText(actor ?? '–')}</Fact>
      <Fact name="Failed">
        <Time time={failedAt} />
      </Fact>
      <Fact name="Attempt">{attempt ?? '–'}</Fact>
      <Fact name="Size">{formatBytes(sizeBytes)}</Fact>
      <Fact name="Journey">
        <EnvelopeLink id={journey} />
      </Fact>
    </dl>
  );
}
