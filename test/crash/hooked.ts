/** Points with hooks around them, as a job drafts them. */
import { withHooks } from '../../src/core/job/hooks.ts';
import type { Hooks } from '../../src/core/job/job.ts';
import { keyOf, type ResourceKey } from '../../src/core/ids.ts';
import { draftPoints, type PointOption } from '../../src/core/plan-snapshot.ts';
import { contextFor, type PlanDraft } from '../../src/core/planning.ts';

export const hookedPoints =
  (machines: ReadonlySet<ResourceKey>, option: PointOption, hooks: Hooks, runId = 'run-1'): PlanDraft =>
  (input) => {
    const { steps, refusals } = draftPoints({ machines, option, settings: {} })(input);
    const context = { ...contextFor(input, [...machines]), runId };
    const drafted = input.estate.machines.items
      .filter(({ key }) => machines.has(key))
      .map((machine) => ({
        machine,
        hooked: withHooks(
          steps.filter(({ subject }) => keyOf(subject) === machine.key),
          machine,
          hooks,
          context,
        ),
      }));
    return {
      steps: drafted.flatMap(({ hooked }) => (hooked.kind === 'steps' ? hooked.steps : [])),
      refusals: [
        ...refusals,
        ...drafted.flatMap(({ machine, hooked }) =>
          hooked.kind === 'refused' ? [{ subject: machine.id, option, reasons: hooked.reasons }] : [],
        ),
      ],
    };
  };
