// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/page_style.h"

namespace kindred {

const std::string_view kPageStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f6f3; --panel: #ffffff; --ink: #1d1f24; --soft: #646a73; --edge: #e4e4df; --grid: #ececE7;
  --good: #1c7a4a; --bad: #b3372f; --chip: #eef1f6;
  --c1: #2c5fc9; --c2: #d2691e; --c3: #2b8a66; --c4: #8b52b8; --c5: #a67c1c; --c6: #b23a5e; --quiet: #9aa0a8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121417; --panel: #1b1e23; --ink: #e7e9ec; --soft: #9aa2ad; --edge: #2b3037; --grid: #272b31;
    --good: #6fd3a0; --bad: #ff8f85; --chip: #262b33;
    --c1: #7fa8ff; --c2: #ffa562; --c3: #66cfa4; --c4: #c79cf2; --c5: #e0bb5e; --c6: #f58aa8; --quiet: #78808b;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink); overflow-wrap: anywhere;
  font: 15px/1.5 Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; font-variant-ligatures: no-contextual;
}
main { max-width: 1160px; margin: 0 auto; padding: 28px 20px 48px; }
.brand { font-size: 12px; letter-spacing: .14em; text-transform: uppercase; color: var(--soft); margin: 0 0 6px; }
h1 { font-size: clamp(24px, 5vw, 34px); line-height: 1.15; letter-spacing: -.02em; margin: 0; font-weight: 650; }
h1 .chip { vertical-align: middle; margin-left: 8px; }
.lead { color: var(--soft); margin: 8px 0 22px; }
.chip {
  display: inline-block; font-size: 12px; font-weight: 550; letter-spacing: 0; line-height: 1; padding: 5px 9px;
  border-radius: 999px; background: var(--chip); color: var(--soft);
}
.chip.good { color: var(--good); } .chip.bad { color: var(--bad); }
section { margin-top: 40px; }
h2 { font-size: 20px; letter-spacing: -.01em; margin: 0 0 2px; font-weight: 620; }
.note { color: var(--soft); margin: 0 0 14px; max-width: 100ch; font-size: 14px; }
h2 + .grid, h2 + .panel { margin-top: 12px; }
.tiles { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(158px, 1fr)); }
.tile, .panel { background: var(--panel); border: 1px solid var(--edge); border-radius: 12px; }
.tile { padding: 14px 16px 13px; }
.tile .name { font-size: 12.5px; color: var(--soft); }
.tile .number { font-size: 25px; line-height: 1.25; font-weight: 620; letter-spacing: -.02em; }
.tile .below { font-size: 12.5px; color: var(--soft); }
.tile .below.good { color: var(--good); }
.grid { display: grid; gap: 14px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); }
.grid.quarters { grid-template-columns: repeat(auto-fit, minmax(min(100%, 250px), 1fr)); }
.grid.halves { grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); }
.grid + .grid { margin-top: 14px; }
.panel { padding: 15px 17px 14px; min-width: 0; }
.panel.wide { grid-column: 1 / -1; }
.panel h3 { font-size: 14px; font-weight: 600; margin: 0 0 10px; }
.panel h3 small { font-weight: 400; color: var(--soft); font-size: 12.5px; }
dl { margin: 0; display: grid; grid-template-columns: minmax(84px, auto) 1fr; gap: 4px 16px; font-size: 14px; }
dt { color: var(--soft); overflow-wrap: normal; } dd { margin: 0; min-width: 72px; } dd small { color: var(--soft); display: block; font-size: 12px; }
.scroll { overflow-x: auto; margin: 0 -17px; padding: 0 17px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: right; padding: 7px 0 7px 18px; border-top: 1px solid var(--edge); vertical-align: top; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
th { font-weight: 500; color: var(--soft); font-size: 12.5px; }
tr:first-child > th { border-top: 0; padding-top: 0; }
tr.strong > td { font-weight: 620; }
td small { display: block; font-size: 12px; font-weight: 400; color: var(--soft); }
td.text { text-align: left; white-space: normal; }
.up { color: var(--good); } .down { color: var(--bad); }
svg.chart { display: block; width: 100%; height: auto; max-width: 470px; margin: 0 auto; overflow: visible; }
svg text { font-size: 11px; fill: var(--soft); font-variant-numeric: tabular-nums; }
svg text.name { font-size: 11.5px; } svg text.value { fill: var(--ink); }
svg text.strong { fill: var(--ink); font-weight: 620; }
.grid line, svg .grid { stroke: var(--grid); stroke-width: 1; } svg .zero { stroke: var(--soft); stroke-width: 1; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.whisker { stroke-width: 3; opacity: .6; }
svg .line.c1, svg .whisker.c1 { stroke: var(--c1); } svg .line.c2 { stroke: var(--c2); }
svg .line.c3 { stroke: var(--c3); } svg .line.c4 { stroke: var(--c4); }
svg .line.c5 { stroke: var(--c5); } svg .line.c6 { stroke: var(--c6); }
svg circle.c1, svg .bar.c1 { fill: var(--c1); } svg circle.c2, svg .bar.c2 { fill: var(--c2); }
svg circle.c3, svg .bar.c3 { fill: var(--c3); } svg circle.c4, svg .bar.c4 { fill: var(--c4); }
svg circle.c5, svg .bar.c5 { fill: var(--c5); } svg circle.c6, svg .bar.c6 { fill: var(--c6); }
svg circle.quiet { fill: var(--quiet); } svg .whisker.quiet { stroke: var(--quiet); }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 8px 0 0; font-size: 12.5px; color: var(--soft); }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 6px; }
i.c1 { background: var(--c1); } i.c2 { background: var(--c2); } i.c3 { background: var(--c3); }
i.c4 { background: var(--c4); } i.c5 { background: var(--c5); } i.c6 { background: var(--c6); }
.user { display: grid; gap: 4px 26px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 230px), 1fr)); }
.user h4 { font-size: 12.5px; font-weight: 500; color: var(--soft); margin: 4px 0; }
.user ol, .user ul { margin: 0 0 6px; padding: 0; list-style: none; font-size: 14px; }
.user li { padding: 2px 0 2px 24px; position: relative; }
.user li b { position: absolute; left: 0; top: 2px; font-weight: 500; color: var(--soft); }
.user li.hit b { color: var(--good); font-weight: 700; } .user li.hit { color: var(--good); font-weight: 550; }
.user ul li { padding-left: 0; }
.user ol li { display: flex; justify-content: space-between; gap: 10px; }
.user li .score { color: var(--soft); font-weight: 400; font-size: 12px; flex: none; padding-top: 2px; }
.user li small { color: var(--soft); font-weight: 400; font-size: 12px; }
.people { display: grid; gap: 14px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); }
details { margin-top: 14px; } summary { cursor: pointer; color: var(--soft); font-size: 14px; }
pre {
  overflow-x: auto; font: 12.5px/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  background: var(--panel); border: 1px solid var(--edge); border-radius: 12px; padding: 14px 16px; margin: 10px 0 0;
}
code { font: .92em ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
footer { margin-top: 44px; padding-top: 14px; border-top: 1px solid var(--edge); color: var(--soft); font-size: 12.5px; }
@media (max-width: 560px) {
  main { padding: 20px 14px 36px; } section { margin-top: 32px; }
  .tiles { grid-template-columns: 1fr 1fr; gap: 10px; } .tile { padding: 12px 13px; } .tile .number { font-size: 21px; }
  th, td { padding-left: 12px; }
}
@media print { :root { color-scheme: light; } section, .panel { break-inside: avoid; } body { background: #fff; } }
)css";

}  // namespace kindred
