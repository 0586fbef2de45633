/** `holdfast job check`: what is wrong with a job, when it is due, and what each machine would get. Nothing is written. */
import { assessEstate } from '../core/assessment.ts';
import { auditEstate } from '../core/audit-estate.ts';
import { selectedBy } from '../core/job/due.ts';
import type { Job } from '../core/job/job.ts';
import { previewJob, type JobPreview } from '../core/job/preview.ts';
import { noPreflight } from '../core/preflight.ts';
import { unreadIn, unseenMachines } from '../core/unread.ts';
import { jobPreviewText } from '../report/job-preview.ts';
import type { Context } from './context.ts';
import { readFleet, type ReadFlags } from './estate-source.ts';
import { exits, worst, type ExitCode } from './exit.ts';
import { loadGuidance } from './guidance-source.ts';
import { scopeOf } from './job/session.ts';
import { receiverProblems } from './notify-address.ts';
import { checkOutput, putText, type OutputFlags } from './output.ts';
import { tellProblems } from './show-problems.ts';

type CheckFlags = OutputFlags &
  Omit<ReadFlags, 'subscription' | 'management-group' | 'resource-group' | 'tag' | 'exclude-tag' | 'deep'> & {
    readonly config: string | undefined;
    readonly 'notify-test': boolean;
  };

export const checkJob = async (job: Job, flags: CheckFlags, context: Context): Promise<ExitCode> => {
  await checkOutput(flags, context);
  const guidance = await loadGuidance(context, flags.config);
  const { subscriptions = [], resourceGroups = [], tags = [], excludeTags = [] } = scopeOf(job.selector);
  const { estate, asOf } = await readFleet(
    {
      ...flags,
      subscription: subscriptions,
      'management-group': undefined,
      'resource-group': resourceGroups,
      tag: tags,
      'exclude-tag': excludeTags,
      deep: false,
    },
    context,
  );
  const selected = selectedBy(job, assessEstate(estate, guidance, asOf));
  const audit = auditEstate(estate, guidance, asOf);
  const madeBy = `holdfast ${context.version}`;
  const near = selected.map(({ machine }) => machine.id);
  const unread = [...unreadIn(estate, near), ...unseenMachines(estate)];
  const judged = previewJob(job, selected, { estate, audit, guidance, asOf, preflight: noPreflight, madeBy });
  const untold = await receiverProblems(job.notify, context);
  const preview: JobPreview = { ...judged, problems: [...judged.problems, ...untold, ...unread] };
  // Who sends a message for a test has been told of receivers by then.
  tellProblems(flags['notify-test'] ? [...judged.problems, ...unread] : preview.problems, context);
  const toFile = flags['output-file'] !== undefined;
  const text =
    flags.output === 'json'
      ? `${JSON.stringify(preview, undefined, 2)}\n`
      : jobPreviewText(preview, {
          width: context.terminal.width,
          colour: context.terminal.colour && !toFile,
        });
  await putText(text, flags, context);
  return worst([codeOf(preview), unread.length > 0 ? exits.incomplete : exits.fine]);
};

/** A schedule that cannot fit is as wrong as a file that says nothing; single machines are another matter. */
const codeOf = ({ schedule, problems, machines }: JobPreview): ExitCode => {
  const has = (outcome: JobPreview['machines'][number]['outcome']) => machines.some((one) => one.outcome === outcome);
  return worst([
    schedule === 'refused' ? exits.usage : exits.fine,
    problems.some(({ code }) => code === 'max-machines') ? exits.overLimit : exits.fine,
    has('refused') ? exits.partly : exits.fine,
    has('unknown') ? exits.incomplete : exits.fine,
  ]);
};
