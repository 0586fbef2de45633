import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Simulator } from './simulator.ts';

/**
 * The control port, no part of Resource Manager: `POST /clock/advance {seconds}`, `GET /state`, `GET /log`.
 * Plain HTTP, loopback only.
 */
export async function control(simulator: Simulator, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const reply = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  const asked = `${request.method ?? 'GET'} ${path}`;
  if (asked === 'GET /state') return reply(200, simulator.state());
  if (asked === 'GET /log') return reply(200, simulator.log());
  if (asked !== 'POST /clock/advance') return reply(404, { error: `no control call ${asked}` });
  const seconds = await secondsOf(request);
  if (seconds === undefined) return reply(400, { error: 'the body must be {"seconds": a number, 0 or more}' });
  simulator.clock.advance(seconds * 1000);
  return reply(200, { now: new Date(simulator.clock.now()).toISOString() });
}

async function secondsOf(request: IncomingMessage): Promise<number | undefined> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  try {
    const parsed: unknown = JSON.parse(text);
    const seconds: unknown =
      typeof parsed === 'object' && parsed !== null && 'seconds' in parsed ? parsed.seconds : undefined;
    return typeof seconds === 'number' && seconds >= 0 ? seconds : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
