// `npm run structure [-- CHECKOUT]`: rooms and arrows of each layer as they stand, here or in another checkout.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { between, circlesIn, readImports, roomsOf } from './import-graph.ts';

const FOLDERS = [
  'lambdas',
  'lambdas/core',
  'lambdas/handlers',
  'lambdas/stores',
  'lambdas/connectors',
  'lib/constructs',
];

const root = resolve(process.argv[2] ?? '.');
const graph = readImports(root);
const files = [...graph.values()].reduce((sum, targets) => sum + targets.length, 0);
console.log(`${graph.size} files, ${files} imports, ${circlesIn(graph).length} circles among files`);
for (const folder of FOLDERS.filter((one) => existsSync(join(root, one)))) {
  const rooms = between(graph, roomsOf(folder));
  const arrows = [...rooms.values()].reduce((sum, targets) => sum + targets.length, 0);
  const circles = circlesIn(rooms).map((circle) => circle.join(' ↔ '));
  console.log(
    `${folder.padEnd(20)} ${String(rooms.size).padStart(3)} rooms, ${String(arrows).padStart(3)} arrows, ${circles.length} circles`,
    ...circles,
  );
}
