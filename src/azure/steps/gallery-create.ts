/**
 * Compute Gallery: a gallery, a definition in it, a version of that. All three are long-running.
 * https://learn.microsoft.com/rest/api/compute/gallery-image-versions/create-or-update
 */
import { definitionBody, galleryBody, versionBody } from './gallery-body.ts';
import { putRunner, type MakeRunner } from './runner.ts';

export const galleryCreate: MakeRunner<'gallery.create'> = (step, tools) =>
  putRunner(step, tools, galleryBody(step.input));
export const imageDefinitionCreate: MakeRunner<'image-definition.create'> = (step, tools) =>
  putRunner(step, tools, definitionBody(step.input));
export const imageVersionCreate: MakeRunner<'image-version.create'> = (step, tools) =>
  putRunner(step, tools, versionBody(step.input));
