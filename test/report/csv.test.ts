/** Cells are the users' own words: none becomes a formula or a control sequence in a spreadsheet. */
import { describe, expect, it } from 'vitest';
import { inventoryOf } from '../../src/report/model.ts';
import { render } from '../../src/report/index.ts';
import { aMachine, anEstate } from '../core/estate-builder.ts';

const rowFor = (tagName: string): string => {
  const machine = aMachine({ name: 'web01', tags: { [tagName]: 'x' } });
  const text = render('csv', inventoryOf(anEstate({ machines: [machine] })), { width: 100, colour: false });
  return text.trimEnd().split(/\r?\n/).slice(1).join('|');
};

describe('a cell of a spreadsheet', () => {
  it.each([
    '=cmd',
    '+1',
    '-1',
    '@sum',
    ' =cmd',
    '\u00a0=cmd',
    '\t=cmd',
    '\r\n=cmd',
    '\u001b=cmd',
    '\u0000\u0001 =cmd',
    '\uff1dcmd',
  ])('never starts like a formula: %j', (name) => {
    expect(rowFor(name)).toMatch(/,"?'\s*[=+\-@\uff1d]\S*=x"?$/);
  });

  it('is one line without control characters, and is otherwise as it was', () => {
    expect(rowFor('a\u001b[31m\nb\u009b\u2028\u202ec')).toMatch(/,a \[31m b c=x$/);
    expect(rowFor("it's a = b, really")).toMatch(/,"it's a = b, really=x"$/);
  });
});
