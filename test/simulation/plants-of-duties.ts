// Planted mistakes in what keeps apart what nobody may hold together.
import { inStore, type Plant } from './planting.ts';

/** The functions of connectors, and the application that each of them reaches. */
const OWN: Readonly<Record<string, string>> = { 'connector-suspending': 'chat', 'connector-deleting': 'cloud' };

export const DUTY_PLANTS: readonly Plant[] = [
  {
    flag: 'duties-ignored',
    mistake: 'what nobody may hold together is not looked at',
    apply: () => (dependencies) => {
      const { duties: _, ...model } = dependencies.model();
      return { ...dependencies, model: () => model };
    },
  },
  inStore(
    'other-side-not-awaited',
    'one side of a rule is granted while another system still has the other',
    () =>
      ({ directory }, functionName) => {
        const own = OWN[functionName];
        if (own === undefined) return {};
        const load: typeof directory.load = async (identityId) => {
          const record = await directory.load(identityId);
          const accounts = record?.accounts.map((account) =>
            account.applicationId === own
              ? account
              : {
                  ...account,
                  granted: undefined,
                  lastError: undefined,
                  account: account.account && { ...account.account, grants: [], grantIds: [] },
                },
          );
          return record && { ...record, accounts: accounts ?? [] };
        };
        return { directory: { load } };
      },
  ),
];
