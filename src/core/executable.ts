/** Options that a plan of this release sets up; the others are refused there with their reasons. */
import type { OptionId } from './option.ts';

export const executableOptions = ['azure-backup', 'site-recovery', 'disk-snapshot', 'restore-point', 'managed-image', 'gallery-image'] as const satisfies readonly OptionId[];
export type ExecutableOption = (typeof executableOptions)[number];

export const isExecutable = (option: OptionId): option is ExecutableOption => executableOptions.some((id) => id === option);
