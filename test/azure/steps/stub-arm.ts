/** Answers in a row, through the same reading of failures as the real thing. */
import { makeArm, type Arm } from '../../../src/azure/ask.ts';
import type { ArmRequest } from '../../../src/azure/transport.ts';

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export const stubArm = (answer: (request: ArmRequest) => Reply): Arm & { readonly sent: ArmRequest[] } => {
  const sent: ArmRequest[] = [];
  const arm = makeArm(
    {
      counts: new Map(),
      azureNow: () => undefined,
      send: (request) => {
        sent.push(request);
        const { status, body, headers = {} } = answer(request);
        const subject = (request.path ?? request.url ?? '').split('?')[0]!;
        return Promise.resolve({
          status,
          body,
          headers,
          text: body === undefined ? '' : JSON.stringify(body),
          subject,
        });
      },
    },
    () => {},
  );
  return { ...arm, sent };
};

export const inTurn = (...replies: readonly Reply[]): (() => Reply) => {
  let at = 0;
  return () => replies[Math.min(at++, replies.length - 1)]!;
};

export const signal = new AbortController().signal;
