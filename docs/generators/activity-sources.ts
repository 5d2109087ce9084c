// The activity sources' reference: the settings of each, from its schema.
import { readdirSync } from 'node:fs';
import { ACTIVITY_SOURCES } from '../../lambdas/activity-sources/registry.ts';
import { commentsIn, settingsTable } from './settings-table.ts';

const FOLDER = new URL('../../lambdas/activity-sources/', import.meta.url);

export function activitySourceSettings(): string {
  const comments = commentsIn(readdirSync(FOLDER).map((file) => new URL(file, FOLDER)));
  return ACTIVITY_SOURCES.map(
    ({ type, settings }) => `**${type}**\n\n${settingsTable(settings, comments, { nested: false })}`,
  ).join('\n\n');
}
