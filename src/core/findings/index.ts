/** THE list of what is looked for on a machine: to add a family, write its file and a line here. */
import type { Assessment } from '../assessment.ts';
import type { Finding } from '../audit.ts';
import type { EstateView } from '../estate-view.ts';
import { classificationFindings } from './classification.ts';
import { freshnessFindings } from './freshness.ts';
import { inOrder } from './finding.ts';
import { qualityFindings } from './quality.ts';
import { replicationFindings } from './replication.ts';
import { requiredFindings } from './required.ts';
import { stateFindings } from './backup-state.ts';
import { vaultFindings } from './vault.ts';

type Family = (assessment: Assessment, view: EstateView) => readonly Finding[];

const families: readonly Family[] = [
  requiredFindings,
  stateFindings,
  freshnessFindings,
  qualityFindings,
  replicationFindings,
  vaultFindings,
  classificationFindings,
];

/** A machine left out on purpose is not held against its class: only what is for information stays. */
export const findingsOf = (assessment: Assessment, view: EstateView): readonly Finding[] => {
  const found = families.flatMap((family) => family(assessment, view));
  return inOrder(assessment.classification.excluded ? found.filter(({ severity }) => severity === 'info') : found);
};
