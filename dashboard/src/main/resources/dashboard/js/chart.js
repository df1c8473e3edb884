/** A line chart over time. Colours come from the style sheet, so that it follows light and dark. */

import uPlot from "../vendor/uplot/uPlot.esm.js";
import { Component, createRef, h } from "./elements.js";
import { clock } from "./format.js";

const DARK = matchMedia("(prefers-color-scheme: dark)");

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/**
 * properties: `title`, `times` (unix seconds), `series` (`{label, values, number}`; `number` picks the colour and is
 * the same for one label in every chart), `format(value)` and `axis(value)` for text, `group` (charts of one group share the cursor),
 * `range(low, high)` for the vertical axis, `height` in pixels.
 */
export class Chart extends Component {
  #frame = createRef();
  #plot = null;
  #observer = new ResizeObserver(() => this.#fit());
  #redraw = () => this.#build();
  state = { at: null };

  componentDidMount() {
    this.#build();
    this.#observer.observe(this.#frame.current);
    DARK.addEventListener("change", this.#redraw);
  }

  componentWillUnmount() {
    this.#observer.disconnect();
    DARK.removeEventListener("change", this.#redraw);
    this.#plot?.destroy();
  }

  componentDidUpdate(before) {
    if (before.times === this.props.times && before.series === this.props.series) {
      return;
    }
    const same = before.series.length === this.props.series.length
      && before.series.every((each, index) => each.label === this.props.series[index].label && each.number === this.props.series[index].number);
    if (same) {
      this.#plot.setData(this.#data());
    } else {
      this.#build();
    }
  }

  #data() {
    return [this.props.times, ...this.props.series.map((each) => each.values)];
  }

  #fit() {
    const width = this.#frame.current?.clientWidth ?? 0;
    if (this.#plot !== null && width > 0 && width !== this.#plot.width) {
      this.#plot.setSize({ width, height: this.props.height });
    }
  }

  #build() {
    this.#plot?.destroy();
    const { series, axis, group, range, height } = this.props;
    const font = "12px system-ui, sans-serif";
    const look = { stroke: colour("--ink-soft"), font, grid: { stroke: colour("--line-soft"), width: 1 }, ticks: { show: false } };
    this.#plot = new uPlot({
      width: this.#frame.current.clientWidth || 400,
      height,
      legend: { show: false },
      cursor: { sync: { key: group }, y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: { y: { range: (_, low, high) => range(low, high) } },
      axes: [
        { ...look, size: 26, space: 80, values: (_, times) => times.map((time) => clock(time * 1000)) },
        { ...look, size: 62, space: 34, values: (_, values) => values.map(axis) },
      ],
      series: [{}, ...series.map((each) => ({
        label: each.label,
        stroke: colour(`--series-${each.number}`),
        width: 2,
        points: { show: false },
        spanGaps: false,
      }))],
      hooks: {
        setCursor: [(plot) => {
          const at = plot.cursor.idx ?? null;
          if (at !== this.state.at) {
            this.setState({ at });
          }
        }],
      },
    }, this.#data(), this.#frame.current);
  }

  render({ title, times, series, format }, { at }) {
    const index = at !== null && at < times.length ? at : times.length - 1;
    const words = series.map((each) => `${each.label} ${format(each.values[index] ?? null)}`).join(", ");
    return h("figure", { class: "chart" },
      h("figcaption", null,
        h("h3", null, title),
        h("ul", { class: "legend" }, series.map((each) => h("li", { key: each.label, class: `series-${each.number}` },
          h("span", { class: "legend-name" }, each.label), h("b", null, format(each.values[index] ?? null))))),
        h("span", { class: "legend-time" }, times.length === 0 ? "" : at === null ? "latest" : clock(times[index] * 1000))),
      h("div", { class: "plot", ref: this.#frame, role: "img", "aria-label": `${title} over time. At ${times.length === 0 ? "no time" : clock(times[index] * 1000)}: ${words}` }));
  }
}
