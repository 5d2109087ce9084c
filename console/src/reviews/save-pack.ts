// The auditor's pack as one file: what the API has of it page by page, as `npx tenure audit verify --pack` takes it.
import { type Answer, call } from '../api/client.ts';
import { saveAs } from '../parts/save-as.ts';

type Pack = Answer<'GET /review-campaigns/{id}/pack'>;

const MAXIMUM_PAGES = 1_000;

export function packName(campaignId: string): string {
  return `pack-${campaignId}.json`;
}

export async function savePack(campaignId: string): Promise<void> {
  const files: Pack['files'][number][] = [];
  let first: Pack | undefined;
  let after: string | undefined;
  for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
    const query = { ...(after !== undefined && { after }) };
    const answer: Pack = await call('GET /review-campaigns/{id}/pack', { path: { id: campaignId }, query });
    first ??= answer;
    files.push(...answer.files);
    after = answer.next;
    if (after === undefined) {
      const { generatedAt } = first;
      saveAs(packName(campaignId), JSON.stringify({ campaignId, generatedAt, files }));
      return;
    }
  }
  throw new Error(`The pack has more than ${MAXIMUM_PAGES} pages.`);
}
