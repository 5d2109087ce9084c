// Back in time: a slider from the first fact to the last, by which the API is asked about another moment than now.
import Button from '@cloudscape-design/components/button';
import { useEffect, useState } from 'react';
import { Moment } from './moment.tsx';
import { type Fact, spanOf } from './timeline.tsx';

const STEPS = 1_000;
const SETTLED_MS = 250;

export interface TimeTravelProps {
  readonly facts: readonly Fact[];
  readonly at: string | undefined;
  readonly onChange: (at: string | undefined) => void;
}

export function TimeTravel({ facts, at, onChange }: TimeTravelProps) {
  const { fromMs, toMs } = spanOf(facts);
  const toStep = (ms: number) => Math.round(((ms - fromMs) / Math.max(1, toMs - fromMs)) * STEPS);
  const nowStep = toStep(Date.now());
  const [step, setStep] = useState<number>();
  const shown = step ?? (at === undefined ? nowStep : toStep(Date.parse(at)));
  const moment = new Date(Math.round((fromMs + (shown / STEPS) * (toMs - fromMs)) / 1_000) * 1_000).toISOString();
  // The API is asked where the slider came to rest.
  useEffect(() => {
    if (step === undefined) return undefined;
    const timer = setTimeout(() => onChange(step === nowStep ? undefined : moment), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [step, nowStep, moment, onChange]);
  const toNow = () => {
    setStep(undefined);
    onChange(undefined);
  };
  return (
    <div className="no-print">
      <input
        className="slider"
        type="range"
        min={0}
        max={STEPS}
        value={shown}
        aria-label="Back in time"
        aria-valuetext={moment}
        onChange={({ target }) => setStep(Number(target.value))}
      />
      {step === undefined && at === undefined ? (
        'Now. Move the slider to see status and access at another moment.'
      ) : (
        <>
          <Moment at={moment} />{' '}
          <Button variant="inline-link" onClick={toNow}>
            Back to now
          </Button>
        </>
      )}
    </div>
  );
}
