// The whole of Tenure in one CDK app, from settings and access model to stacks.
import { Annotations, type App } from 'aws-cdk-lib';
import { connectorSettingsSchemas } from '../lambdas/connectors/registry.ts';
import { dutyOverlaps } from './access-model/duty-overlaps.ts';
import { loadAccessModel } from './access-model/load-access-model.ts';
import { readSettings } from './config.ts';
import { loadSigmaRules } from './sigma/sigma-rules.ts';
import { type ApplicationSecretsStack, addApplicationSecrets } from './stacks/application-secrets.ts';
import { ConsoleStack, hasConsole } from './stacks/console.ts';
import { DetectionStack } from './stacks/detection.ts';
import { EvidenceStack } from './stacks/evidence.ts';
import { GovernanceStack } from './stacks/governance.ts';
import { IdentityDataStack } from './stacks/identity-data.ts';
import { IntakeStack } from './stacks/intake.ts';
import { LifecycleStack } from './stacks/lifecycle.ts';
import { ReviewsStack } from './stacks/reviews.ts';
import { SignalsStack } from './stacks/signals.ts';

export interface Tenure {
  readonly data: IdentityDataStack;
  readonly secrets: readonly ApplicationSecretsStack[];
  readonly lifecycle: LifecycleStack;
  readonly evidence: EvidenceStack;
  readonly intake: IntakeStack;
  readonly detection: DetectionStack;
  /** Undefined where nobody could sign in to it, or it is not wanted. */
  readonly console: ConsoleStack | undefined;
  readonly governance: GovernanceStack;
  readonly reviews: ReviewsStack;
  /** Undefined where nobody is told of signals. */
  readonly signals: SignalsStack | undefined;
}

/** Throws SettingsError or AccessModelError, each naming all that is wrong. */
export function addTenure(app: App): Tenure {
  const settings = readSettings(app.node);
  const accessModel = loadAccessModel(
    settings.accessModel,
    connectorSettingsSchemas(),
    settings.applicationSettings,
    Object.keys(settings.networks),
  );
  const nameOf = (stack: string) => `${settings.stackPrefix}-${stack}`;
  const writerStacks = ['Lifecycle', 'Intake', 'Detection', 'Governance'].map(nameOf);

  const data = new IdentityDataStack(app, nameOf('IdentityData'), { settings, writerStacks });
  const { tables, operators, evidenceFiles } = data;
  const secrets = addApplicationSecrets(app, settings, accessModel);
  const lifecycle = new LifecycleStack(app, nameOf('Lifecycle'), { settings, tables, evidenceFiles, accessModel });
  for (const [index, overlap] of dutyOverlaps(accessModel).entries())
    Annotations.of(lifecycle).addWarningV2(`tenure:duties-overlap-${index + 1}`, overlap);
  for (const stack of secrets) lifecycle.addStackDependency(stack);
  const { escalations, alarmTopic, reconcile, accessReview, bus } = lifecycle;
  const evidence = new EvidenceStack(app, nameOf('Evidence'), {
    settings,
    tables,
    evidenceFiles,
    accessModel,
    alarmTopic,
  });
  const intake = new IntakeStack(app, nameOf('Intake'), { settings, tables, accessModel, escalations });
  const { api } = intake;
  const sigmaRules = loadSigmaRules(settings.accessModel);
  const detecting = { settings, tables, accessModel, sigmaRules, api, escalations, bus, catalog: evidence.catalog };
  const detection = new DetectionStack(app, nameOf('Detection'), detecting);
  const served = { settings, tables, api, operators, alarmTopic };
  const console = hasConsole(settings) ? new ConsoleStack(app, nameOf('Console'), served) : undefined;
  const consoleClient = console?.client;
  const governing = {
    settings,
    tables,
    evidenceFiles,
    accessModel,
    api,
    operators,
    consoleClient,
    escalations,
    reconcile,
    accessReview,
  };
  const governance = new GovernanceStack(app, nameOf('Governance'), governing);
  // Whoever oversees a campaign is told where in the sealed log it stands that something is gone.
  const withLog = { ...governing, tables: { ...tables, log: evidence.log.table }, lake: evidence.lake };
  const reviews = new ReviewsStack(app, nameOf('Reviews'), withLog);
  const tellsSomebody = settings.sharedSignals.receivers.length > 0;
  const telling = { settings, tables, api, bus: lifecycle.bus, alarmTopic };
  const signals = tellsSomebody ? new SignalsStack(app, nameOf('Signals'), telling) : undefined;
  return { data, secrets, lifecycle, evidence, intake, detection, console, governance, reviews, signals };
}
