/** An explanation for people: sections of sentences, wrapped, with facts and sources behind them. */
import type { Explanation } from '../core/explain.ts';
import type { Sentence } from '../core/sentence.ts';
import { oneLine, painter, wrap, type Paint } from './layout.ts';
import type { RenderOptions } from './model.ts';
import { standingWords } from './words.ts';

export const explainText = (explanation: Explanation, { width, colour }: RenderOptions): string => {
  const paint = painter(colour);
  const { text, style } = standingWords[explanation.standing];
  const head = `${paint('bold', oneLine(explanation.name))}: ${paint(style, text)}${explanation.standingNote === undefined ? '' : ` (${explanation.standingNote})`}, as of ${explanation.asOf}`;
  const sections = explanation.sections.map(({ title, sentences }) =>
    [paint('bold', title.toUpperCase()), ...sentences.map((sentence) => sentenceText(sentence, width, paint))].join(
      '\n',
    ),
  );
  return `${[head, paint('dim', oneLine(explanation.id)), '', sections.join('\n\n')].join('\n')}\n`;
};

const sentenceText = ({ text, source, fact }: Sentence, width: number, paint: Paint): string => {
  const mark = fact === undefined ? '' : ` [${fact}]`;
  const body = wrap(`${text}${mark}`, width, '  ');
  return source === undefined ? body : `${body}\n${paint('dim', `    ${source}`)}`;
};
