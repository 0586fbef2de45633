/** PUT images: 201 with an operation. https://learn.microsoft.com/rest/api/compute/images/create-or-update */
import { imageBody } from './image-body.ts';
import { putRunner, type MakeRunner } from './runner.ts';

export const imageCreate: MakeRunner<'image.create'> = (step, tools) => putRunner(step, tools, imageBody(step.input));
