// npm run bench -- activity: a day of the simulated company under watch. What was found is the same everywhere; CPU seconds
// are of this machine.
import { DETECTIONS } from '../../lambdas/core/detection/detections/all.ts';
import { watchDay } from '../simulation/activity/watched-day.ts';

export async function printActivity(options: readonly string[]): Promise<void> {
  const day = watchDay(Number(options[0] ?? 4_711));
  const { records, seconds, planted, missed, falseAlarms, onlyRecorded } = day;
  console.log(
    `${records} records of a day, translated, joined, judged by ${DETECTIONS.length} detections and remembered: ${Math.round(records / seconds)} a CPU second.\n`,
  );
  console.log('| Detection | Planted | Found | False alarms | Only recorded |\n|---|---|---|---|---|');
  for (const { id } of DETECTIONS) {
    const own = planted.filter(({ detection }) => detection === id).length;
    const lost = missed.filter(({ detection }) => detection === id).length;
    const count = (found: typeof falseAlarms) => found.filter(({ finding }) => finding.detection === id).length;
    console.log(`| ${id} | ${own} | ${own - lost} | ${count(falseAlarms)} | ${count(onlyRecorded)} |`);
  }
  console.log(
    `| all | ${planted.length} | ${planted.length - missed.length} | ${falseAlarms.length} | ${onlyRecorded.length} |`,
  );
  console.log(`\nFalse alarms: ${((falseAlarms.length * 100_000) / records).toFixed(1)} in 100,000 records.`);
  for (const { finding } of falseAlarms) console.log(`- ${finding.detection}, ${finding.severity}: ${finding.because}`);
  for (const { detection, what } of missed) console.log(`- missed: ${detection}, ${what}`);
}
