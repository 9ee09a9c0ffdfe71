import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../components/Button.tsx';
import { EnvelopeLink } from '../components/EnvelopeLink.tsx';
import { Notice } from '../components/Notice.tsx';
import { Spinner } from '../components/Spinner.tsx';
import { Time } from '../components/Time.tsx';
import { AnswerCard } from './AnswerCard.tsx';
import { sortAnswers, summarize, type SendResult } from './sendResult.ts';
import { visibleText } from '../components/visibleText.ts';

export interface SendResultPartProps {
  readonly result: SendResult;
  /** The address of the journey of an envelope. */
  readonly journeyLink: (journey: string) => string;
}

const PAGE = 50;

export function SendResultPart({ result, journeyLink }: SendResultPartProps) {
  const { sent, answers, end } = result;
  const { kind, text: line } = summarize(result);
  const text = visibleText(line);
  const [shown, setShown] = useState(PAGE);
  const section = useRef<HTMLElement>(null);
  const isRunning = end === undefined;
  useEffect(() => {
    // On a narrow page, the result is below the form.
    if (isRunning) section.current?.scrollIntoView({ block: 'nearest' });
  }, [isRunning]);
  const sorted = sortAnswers(answers);
  return (
    <section ref={section} class="send-result" aria-labelledby="send-result">
      <h2 id="send-result">Result</h2>
      {isRunning ? (
        <Spinner label={text} />
      ) : (
        // The announcer has read it.
        <Notice kind={kind} isLive={false}>
          {text}
        </Notice>
      )}
      {sent !== undefined && (
        <p class="send-sent">
          <EnvelopeLink id={sent.id} /> was sent to <strong>{visibleText(sent.to)}</strong> at{' '}
          <Time time={sent.at} />. <a href={journeyLink(sent.journey)}>Open its journey</a>
        </p>
      )}
      <ol class="send-answers" aria-label="Answers">
        {sorted.slice(0, shown).map((answer) => (
          <AnswerCard
            key={`${answer.id} ${answer.place} ${answer.failure === undefined}`}
            answer={answer}
            sentAt={sent?.at}
          />
        ))}
      </ol>
      {answers.length > shown && (
        <Button onClick={() => setShown(shown + PAGE)}>
          {`Show more (${answers.length - shown} left)`}
        </Button>
      )}
      {end !== undefined && end.answers > answers.length && (
        <p class="hint">{end.answers - answers.length} further answers are not shown.</p>
      )}
    </section>
  );
}
