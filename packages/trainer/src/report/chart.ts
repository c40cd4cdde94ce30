/**
 * Charts, drawn by echarts on the server: an SVG in the page, no script. Each is drawn twice, for a wide and for a
 * narrow place, so that its letters have the same size on a phone; the page shows the one that fits. Colours are CSS
 * variables, so that the same chart is right in the dark and on paper.
 */
import type { EChartsCoreOption } from 'echarts/core';
import { FONT_SIZE, INK, widthOf } from './chart-parts.ts';
import { escapeHtml, folded, type Html } from './html.ts';

/** Where a chart is drawn for: the page's whole width, half of it, or a phone. */
export interface Place {
  readonly width: number;
}

export const PLACES = { wide: { width: 880 }, half: { width: 428 }, narrow: { width: 340 } } as const;

export interface Chart {
  readonly title: string;
  /** What a person who does not see it should know. */
  readonly description: string;
  /** Shown under it. */
  readonly caption?: Html;
  /** heights in the wide and in the narrow place */
  readonly heights: readonly [wide: number, narrow: number];
  /** It takes the page's whole width, not half of it. */
  readonly isWide?: boolean;
  readonly option: (place: Place) => EChartsCoreOption;
  /** The numbers that were drawn. */
  readonly numbers?: Html;
}

/** Draws charts that belong together: side by side, where there is room. */
export type Drawing = (...charts: readonly (Chart | undefined)[]) => Html;

/** A chart made for half the page that gets the whole of it need not be so high. */
const LONE_HEIGHT = 280;

/** Loading echarts takes a moment: it is done when the first page is made. */
export async function startDrawing(): Promise<Drawing> {
  const [{ init, setPlatformAPI, use }, charts, components, { SVGRenderer }] = await Promise.all([
    import('echarts/core'),
    import('echarts/charts'),
    import('echarts/components'),
    import('echarts/renderers'),
  ]);
  use([charts.BarChart, charts.HeatmapChart, charts.LineChart, charts.ScatterChart, SVGRenderer]);
  use([components.GridComponent, components.LegendComponent, components.MarkLineComponent]);
  use([components.VisualMapComponent]);
  setPlatformAPI({ measureText: (text) => ({ width: widthOf(text ?? '') }) });

  let drawn = 0;
  const svgOf = (chart: Chart, place: Place, height: number): Html => {
    const echart = init(null, null, { renderer: 'svg', ssr: true, height, ...place });
    try {
      echart.setOption({ ...COMMON, ...chart.option(place) });
      return withoutNeedless(echart.renderToSVGString(), ++drawn);
    } finally {
      echart.dispose();
    }
  };

  const figure = (chart: Chart, isWide: boolean): Html => {
    const [high, narrow] = chart.heights;
    const { title, description, caption, numbers } = chart;
    const [place, height] = isWide
      ? [PLACES.wide, chart.isWide ? high : Math.min(high, LONE_HEIGHT)]
      : [PLACES.half, high];
    const both = `<div class="wide">${svgOf(chart, place, height)}</div><div class="narrow">${svgOf(chart, PLACES.narrow, narrow)}</div>`;
    return `<figure${isWide ? ' class="whole"' : ''}><h3>${title}</h3>
<div class="chart" role="img" aria-label="${escapeHtml(description)}">${both}</div>
${caption === undefined ? '' : `<figcaption>${caption}</figcaption>`}
${numbers === undefined ? '' : folded('The numbers', `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(title)}: the numbers">${numbers}</div>`)}</figure>`;
  };

  return (...all) => {
    const given = all.filter((chart) => chart !== undefined);
    const halves = given.filter(({ isWide }) => !isWide);
    const lone = halves.length % 2 === 1 ? halves.at(-1) : undefined;
    const figures = given.map((chart) => figure(chart, chart.isWide === true || chart === lone));
    return figures.length === 0 ? '' : `<div class="figures">${figures.join('')}</div>`;
  };
}

const COMMON = {
  animation: false,
  silent: true,
  backgroundColor: 'transparent',
  textStyle: { color: INK, fontFamily: 'inherit', fontSize: FONT_SIZE },
};

/**
 * Without what echarts writes for its own script, and without a size, which the page decides.
 * @param number of the drawing in its page: echarts counts those of the process, and a page made again is to be the same
 */
function withoutNeedless(svg: string, number: number): Html {
  return svg
    .replace(/<style\b.*?<\/style>/gs, '')
    .replace(
      / (?:ecmeta_\w+|class|pointer-events|xml:space|baseProfile|version|xmlns(?::xlink)?)="[^"]*"/g,
      '',
    )
    .replace(/^<svg width="[^"]*" height="[^"]*"/, '<svg aria-hidden="true"')
    .replace(/<rect [^>]*fill="none"><\/rect>/, '')
    .replace(/\bzr\d+-c/g, `drawing-${number}-`)
    .replace(/<[^>]+>/g, (tag) => tag.replace(/(\.\d\d)\d+/g, '$1'))
    .replace(/\n+/g, '');
}
