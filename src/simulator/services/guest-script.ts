import type { Stored } from '../service.ts';

/** What a script comes to, of the little that is simulated of one. */
export interface ScriptEnd {
  /** Beyond the time that any script takes. */
  readonly sleptMs: number;
  readonly exitCode: number;
  readonly output: string;
  readonly error: string;
  /** Mount points that are frozen when it ends, or is ended. */
  readonly frozen: readonly string[];
}

/** `hidden.frozen` of a machine. */
export function frozenOn(vm: Stored): readonly string[] {
  const found: unknown = vm.hidden['frozen'];
  return Array.isArray(found) ? found.map(String) : [];
}

/**
 * Line by line, in order: `echo`, `sleep` (Start-Sleep), `fsfreeze`, `set -e`, `exit`; any other line does nothing and is well.
 * A frozen file system cannot be frozen again, nor one that is not be thawed. `budgetMs`: it is ended when that is used up.
 * https://man7.org/linux/man-pages/man8/fsfreeze.8.html
 */
export function runScript(lines: readonly string[], before: readonly string[], budgetMs: number): ScriptEnd {
  let sleptMs = 0;
  let exitCode = 0;
  let stopsAtFailure = false;
  const output: string[] = [];
  const error: string[] = [];
  const frozen = new Set(before);
  for (const line of lines.map((each) => each.trim())) {
    const exit = /^exit\s+(\d+)$/.exec(line);
    if (exit) {
      exitCode = Number(exit[1]);
      break;
    }
    if (line === 'set -e') stopsAtFailure = true;
    exitCode = 0;
    const slept = /^(?:sleep|start-sleep(?:\s+-seconds)?)\s+(\d+)$/i.exec(line);
    if (slept) {
      sleptMs += Number(slept[1]) * 1000;
      if (sleptMs > budgetMs) break;
    }
    const said = /^echo\s+(.*?)(\s*>&2)?$/.exec(line);
    if (said) (said[2] === undefined ? output : error).push(said[1]!.replace(/^(['"])(.*)\1$/, '$2'));
    const freeze = /^fsfreeze\s+(--freeze|--unfreeze|-f|-u)\s+(\S+)$/.exec(line);
    if (freeze) {
      const [, how, mount] = freeze;
      const freezes = how === '-f' || how === '--freeze';
      if (frozen.has(mount!) === freezes) {
        exitCode = 1;
        error.push(
          `fsfreeze: ${mount}: ${freezes ? 'freeze failed: Device or resource busy' : 'unfreeze failed: Invalid argument'}`,
        );
      } else if (freezes) frozen.add(mount!);
      else frozen.delete(mount!);
    }
    if (exitCode !== 0 && stopsAtFailure) break;
  }
  return { sleptMs, exitCode, output: output.join('\n'), error: error.join('\n'), frozen: [...frozen] };
}
