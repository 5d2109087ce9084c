import { describe, expect, it } from 'vitest';
import { readSimulation } from '../../console/src/api/read-simulation.ts';

const EVENT = { specversion: '1.0', id: '1', type: 'jml.leaver' };

describe('a dropped file', () => {
  it.each([
    ['people.csv', 'id,kind\n', { people: { format: 'csv', content: 'id,kind\n' } }],
    ['PEOPLE.JSONL', '{"id":"E1"}', { people: { format: 'jsonl', content: '{"id":"E1"}' } }],
    ['sales.yaml', 'profiles: [{ id: sales }]', { model: { profiles: [{ id: 'sales' }] } }],
    ['less.yml', 'without: [sales]', { model: { without: ['sales'] } }],
    ['events.json', JSON.stringify([EVENT]), { events: [EVENT] }],
    ['event.json', JSON.stringify(EVENT), { events: [EVENT] }],
    ['body.json', '{"model":{"retire":["crm"]}}', { model: { retire: ['crm'] } }],
  ])('%s is read by its ending and what is in it', (name, content, asked) => {
    expect(readSimulation(name, content)).toEqual(asked);
  });

  it.each([
    ['people.csv', '  \n', 'people.csv is empty'],
    ['photo.png', 'x', 'expected a file that ends in'],
    ['profiles', 'x', 'expected a file that ends in'],
    ['list.yaml', 'just text', 'expected an object or a list'],
    ['broken.yaml', 'a: [', 'broken.yaml: '],
    ['bomb.yaml', bomb(), 'bomb.yaml: '],
  ])('%s is refused, and says what was expected', (name, content, expected) => {
    expect(() => readSimulation(name, content)).toThrow(expected);
  });
});

/** Ten times ten times ten ... of one value. */
function bomb(): string {
  const lines = ['a0: &a0 [1,1,1,1,1,1,1,1,1,1]'];
  for (let level = 1; level < 8; level += 1)
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(',')}]`);
  return lines.join('\n');
}
