/** Images of the machines named: `capture`. */
import { assessEstate } from './assessment.ts';
import type { ResourceKey } from './ids.ts';
import { collect, contextFor, type PlanDraft } from './planning.ts';
import { draftCapture } from './planners/capture.ts';
import type { CaptureSettings } from './planners/capture-job.ts';

export const draftCaptures =
  (machines: ReadonlySet<ResourceKey>, settings: CaptureSettings): PlanDraft =>
  (input) => {
    const asked = assessEstate(input.estate, input.guidance, input.asOf).filter(({ machine }) =>
      machines.has(machine.key),
    );
    const context = contextFor(
      input,
      asked.map(({ machine }) => machine.key),
    );
    return collect(
      asked.map((assessment) => {
        // What a refusal is filed under where no kind of image was asked for.
        const option = settings.as ?? (settings.way === 'specialized' ? 'gallery-image' : 'managed-image');
        return { need: { assessment, option }, drafted: draftCapture(assessment, settings, context) };
      }),
    );
  };
