// The kinds of HR source there are. A new one is its file and one line here: its settings are checked when the app is
// synthesised, and its queue, its function and its alarms follow where it reads people back.
import { bambooHr } from './bamboohr.ts';
import { cloudEvents } from './cloud-events.ts';
import type { HrSource } from './hr-source.ts';

export const HR_SOURCES: readonly HrSource[] = [bambooHr, cloudEvents];

/** What a source is that is only named. */
export const DEFAULT_TYPE = cloudEvents.type;

/** Undefined when there is none of that type. */
export function hrSourceOf(type: string): HrSource | undefined {
  return HR_SOURCES.find((source) => source.type === type);
}
