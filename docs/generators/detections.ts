// The detections' reference: what each finds, what it joins, what follows, from what it declares.
import { DETECTIONS } from '../../lambdas/core/detection/detections/all.ts';

export function detectionsTable(): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(['Detection', 'What it finds', 'Severity', 'Window', 'What it joins', 'People', 'Others', 'Runbook']),
    line(['---', '---', '---', '---', '---', '---', '---', '---']),
    ...DETECTIONS.map(({ id, title, severity, window, joins, response, runbook }) =>
      line([
        `\`${id}\``,
        title,
        severity,
        window,
        joins.join('; '),
        response.people,
        response.nonHuman,
        `[${runbook}](../runbook/${runbook}.md)`,
      ]),
    ),
  ].join('\n');
}
