// The files of review campaigns in memory: what was written once is never written over.
import type { CampaignFiles } from '../../lambdas/stores/campaigns/campaign-files.ts';

export interface MemoryCampaignFiles extends CampaignFiles {
  readonly files: Map<string, Uint8Array>;
}

export function memoryCampaignFiles(
  before: (method: string) => Promise<unknown> = async () => {},
): MemoryCampaignFiles {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    async put(key, bytes) {
      await before('put');
      files.set(key, Uint8Array.from(bytes));
    },
    async read(key) {
      await before('read');
      const bytes = files.get(key);
      if (bytes === undefined) throw new Error(`there is no ${key}`);
      return bytes;
    },
  };
}
