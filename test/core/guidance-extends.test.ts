import { describe, expect, it } from 'vitest';
import { parseGuidance } from '../../src/core/guidance-file.ts';
import { guidanceWith, shipped } from './guidance-shipped.ts';

describe('a file that extends the default', () => {
  it('keeps everything it does not mention', () => {
    expect(guidanceWith('')).toEqual(parseGuidance(shipped.text, shipped.file).guidance);
  });

  it('merges maps and replaces lists', () => {
    const guidance = guidanceWith(
      'vocabulary:\n  environment:\n    names: [umgebung]\n    values:\n      regulated: [gxp]\n',
    );
    expect(guidance.vocabulary.environment.names).toEqual(['umgebung']);
    expect(Object.keys(guidance.vocabulary.environment.values)).toEqual(['production', 'dev-test', 'regulated']);
  });

  it('may put its own meaning first by listing them all', () => {
    const values = '{ regulated: [gxp], production: [prod], dev-test: [dev] }';
    const guidance = guidanceWith(`vocabulary: { environment: { values: ${values} } }\n`);
    expect(Object.keys(guidance.vocabulary.environment.values)).toEqual(['regulated', 'production', 'dev-test']);
  });

  it('replaces a number together with its source', () => {
    const source = 'https://intranet.example.com/policies/backup';
    const guidance = guidanceWith(`objectives: { production: { retainDays: { value: 90, source: ${source} } } }\n`);
    expect(guidance.objectives['production']?.retainDays).toEqual({ value: 90, source });
    expect(guidance.objectives['production']?.rpoHours.value).toBe(24);
  });

  it('does not change another objective that the shipped file writes with the same anchor', () => {
    const guidance = guidanceWith('objectives: { production: { consistency: { windows: crash } } }\n');
    expect(guidance.objectives['production']?.consistency.windows).toBe('crash');
    expect(guidance.objectives['mission-critical']?.consistency.windows).toBe('application');
  });
});
