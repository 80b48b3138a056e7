#include "fuzz/report_html_parts.h"

namespace norlog::fuzz::html {

const char kStyle[] = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f6f3; --card: #fcfcfb; --line: #e3e2dc; --ink: #17170f; --soft: #6a6962;
  --good: #0b7a2b; --good-back: #e2f3e5; --bad: #b3261e; --bad-back: #fbe6e3;
  --part: #8a5a00; --part-back: #fbf0d4; --none-back: #ecebe6;
  --bar: #2a78d6; --rail: #e9ebef; --hole: #f0a11d; --tick: #8b8a82; --mark: #fff2b8;
  --c0: #ecebe6; --c1: #d3e5fb; --c2: #a6cbf6; --c3: #6ba8ee; --c4: #3584dd; --c5: #2263b2;
  --c6: #153f78; --on-dark: #ffffff; --on-light: #17170f;
  --n1: #e4dffb; --n2: #c7bdf4; --n3: #a595ea; --n4: #826ddb; --n5: #604bb9; --n6: #3f2f85;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121211; --card: #1b1b19; --line: #34332f; --ink: #f1f0ea; --soft: #a3a299;
    --good: #57c774; --good-back: #14301b; --bad: #ff8a7c; --bad-back: #3f1a17;
    --part: #f3bd4b; --part-back: #3a2c0c; --none-back: #2a2926;
    --bar: #3d8ae6; --rail: #2a2a28; --hole: #e2921a; --tick: #85847b; --mark: #4d4317;
    --c0: #2a2926; --c1: #16304f; --c2: #1b4a7f; --c3: #2366b3; --c4: #3a88e0; --c5: #78b0f0;
    --c6: #bddafa; --on-dark: #f1f0ea; --on-light: #10100e;
    --n1: #2b2650; --n2: #41387a; --n3: #5b4eaa; --n4: #7a6ad6; --n5: #a296ee; --n6: #d2cbfa;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
main { max-width: 1120px; margin: 0 auto; padding: 24px 16px 64px; }
h1, h2, h4, p { margin: 0; }
h1 { font-size: clamp(24px, 5vw, 34px); line-height: 1.2; letter-spacing: -.01em; }
h2 { font-size: 18px; }
h4 { font-size: 12px; font-weight: 600; color: var(--soft); margin: 12px 0 4px; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; }
code { font-size: .9em; overflow-wrap: anywhere; }
.soft, .lead { color: var(--soft); }
.lead { max-width: 75ch; margin: 2px 0 14px; }
.warn { color: var(--part); }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }

header, section, .tiles > div {
  background: var(--card); border: 1px solid var(--line); border-radius: 12px;
}
section { margin-top: 16px; padding: 18px 20px 20px; }
section > h2 + :not(.lead) { margin-top: 12px; }
header { display: flex; gap: 20px; padding: 22px 20px; border-left-width: 6px; }
header p { margin-top: 4px; }
.eyebrow { color: var(--soft); font-size: 13px; }
header .eyebrow { margin: 0; }
.sign {
  flex: none; width: 52px; height: 52px; border-radius: 50%; font-size: 28px; font-weight: 700;
  display: grid; place-items: center;
}
header.good { border-left-color: var(--good); }
header.bad { border-left-color: var(--bad); }
header.part { border-left-color: var(--part); }
.good .sign, .state.good, .shards .good { background: var(--good-back); color: var(--good); }
.bad .sign, .state.bad, .shards .bad, .chip.bad { background: var(--bad-back); color: var(--bad); }
.part .sign { background: var(--part-back); color: var(--part); }
.none .sign, .state.none, .shards .none { background: var(--none-back); color: var(--soft); }

.tiles {
  display: grid; gap: 10px; margin-top: 16px;
  grid-template-columns: repeat(auto-fit, minmax(160px, 1fr));
}
.tiles > div { padding: 12px 14px; }
.tiles b { display: block; font-size: 21px; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tiles span { display: block; font-size: 13px; line-height: 1.35; }

.legend { display: flex; flex-wrap: wrap; gap: 6px 22px; font-size: 13px; color: var(--soft); }
.legend { margin-bottom: 14px; }
.key { display: inline-flex; align-items: center; gap: 1px; white-space: pre; }
.key i { width: 16px; height: 12px; display: inline-block; }
.key i.tick { height: 5px; }
.life + .life { margin-top: 18px; }
.head { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 16px; }
.head { font-size: 14px; margin-bottom: 5px; }
svg.strip { display: block; width: 100%; overflow: visible; cursor: crosshair; }
svg.strip:focus-visible { outline: 2px solid var(--bar); outline-offset: 3px; }
.mark { fill: none; stroke: var(--ink); stroke-width: 2; vector-effect: non-scaling-stroke; }
.mark { visibility: hidden; }
.on .mark { visibility: visible; }
.laps { display: flex; font-size: 12px; color: var(--soft); margin-top: 3px; }
.laps span { border-left: 1px solid var(--tick); padding-left: 5px; overflow: hidden; }
.laps span { white-space: nowrap; min-width: 0; }
.c0 { fill: var(--c0); background: var(--c0); color: var(--soft); }
.c1 { fill: var(--c1); background: var(--c1); }
.c2 { fill: var(--c2); background: var(--c2); }
.c3 { fill: var(--c3); background: var(--c3); color: var(--on-light); }
.c4 { fill: var(--c4); background: var(--c4); }
.c5 { fill: var(--c5); background: var(--c5); }
.c6 { fill: var(--c6); background: var(--c6); }
.n0 { fill: var(--c0); background: var(--c0); }
.n1 { fill: var(--n1); background: var(--n1); }
.n2 { fill: var(--n2); background: var(--n2); }
.n3 { fill: var(--n3); background: var(--n3); }
.n4 { fill: var(--n4); background: var(--n4); }
.n5 { fill: var(--n5); background: var(--n5); }
.n6 { fill: var(--n6); background: var(--n6); }
.hole { fill: var(--hole); background: var(--hole); }
.tick { fill: var(--tick); background: var(--tick); }

.scroll { overflow-x: auto; margin: 0 -20px; padding: 0 20px; }
table { border-collapse: collapse; font-size: 14px; width: 100%; }
th, td { padding: 5px 10px 5px 0; text-align: left; vertical-align: middle; }
th { font-size: 12px; font-weight: 600; color: var(--soft); white-space: nowrap; }
td { border-top: 1px solid var(--line); white-space: nowrap; }
th.n { text-align: right; white-space: normal; }
td.n + td, th.n + th { padding-left: 14px; }
.guarantees td:first-child { white-space: normal; min-width: 210px; }
.wide { width: 35%; min-width: 90px; }
.bar { display: block; height: 10px; border-radius: 3px; background: var(--rail); }
.bar > span { display: block; height: 100%; min-width: 2px; background: var(--bar); }
.bar > span { border-radius: 3px; }
.state, .chip { border-radius: 999px; padding: 1px 9px; font-size: 12px; font-weight: 600; }
.chip { background: var(--none-back); border-radius: 5px; padding: 1px 6px; margin-right: 4px; }
.guarantees .chip { display: inline-block; min-width: 36px; text-align: center; }

.matrix { width: auto; border-collapse: separate; border-spacing: 2px; font-size: 12px; }
.matrix td {
  border: 0; padding: 3px 4px; min-width: 44px; text-align: center; border-radius: 3px;
  font-variant-numeric: tabular-nums;
}
.matrix th { padding: 2px 4px; text-align: center; }
.matrix th:first-child {
  position: sticky; left: 0; z-index: 1; text-align: right; padding-right: 8px; font-weight: 400;
  background: var(--card); max-width: 44vw; overflow: hidden; text-overflow: ellipsis;
}
.matrix.turned tr:first-child th { vertical-align: bottom; }
.matrix.turned tr:first-child span { writing-mode: vertical-rl; transform: rotate(180deg); }
.matrix .c1, .matrix .c2 { color: var(--light-text); }
.matrix .c4, .matrix .c5, .matrix .c6 { color: var(--dark-text); }
.matrix .broke { background: var(--bad); color: var(--card); font-weight: 700; }
:root { --light-text: var(--on-light); --dark-text: var(--on-dark); }
@media (prefers-color-scheme: dark) {
  :root { --light-text: var(--on-dark); --dark-text: var(--on-light); }
  .c3 { color: var(--on-dark); }
}

.bars { display: grid; grid-template-columns: auto minmax(80px, 1fr) auto; gap: 8px 14px; }
.bars > div { display: contents; }
.bars > div > * { align-self: center; }
.bars .bar { height: 16px; }

.figures, .pairs {
  display: grid; gap: 18px 28px; grid-template-columns: repeat(auto-fit, minmax(min(400px, 100%), 1fr));
}
.pairs .life + .life { margin-top: 0; }
figure { margin: 0; min-width: 0; }
figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 12px; }
figcaption { font-size: 14px; margin-bottom: 6px; }
.columns { display: flex; align-items: stretch; height: 150px; gap: 2px; }
.columns > div { flex: 1; min-width: 0; max-width: 76px; display: flex; flex-direction: column; }
.columns > div { justify-content: flex-end; padding-bottom: 20px; position: relative; }
.columns > div:hover .col { filter: brightness(1.2); }
.col { display: block; background: var(--bar); border-radius: 3px 3px 0 0; min-height: 1px; }
.columns i {
  position: absolute; bottom: 0; left: 0; right: 0; font-style: normal; font-size: 11px;
  color: var(--soft); text-align: center; border-top: 1px solid var(--line); white-space: nowrap;
}
details { margin-top: 14px; }
summary { cursor: pointer; color: var(--soft); font-size: 14px; }

.failure { border: 1px solid var(--line); border-radius: 9px; padding: 10px 14px; margin-top: 10px; }
.failure summary { display: flex; gap: 10px; align-items: baseline; color: var(--ink); }
.failure summary::before { content: "▸"; color: var(--soft); }
.failure[open] summary::before { content: "▾"; }
.failure summary::-webkit-details-marker { display: none; }
.failure p { margin-top: 8px; font-size: 14px; }
.message { flex: 1; overflow-wrap: anywhere; }
.replay { display: flex; gap: 10px; align-items: center; margin-top: 10px; }
.replay code { flex: 1; min-width: 0; overflow-x: auto; white-space: pre; background: var(--none-back); padding: 7px 10px; border-radius: 6px; }
button {
  font: inherit; font-size: 13px; padding: 5px 12px; border-radius: 6px; cursor: pointer;
  color: var(--ink); background: var(--card); border: 1px solid var(--tick);
}
pre {
  margin: 0; padding: 10px 12px; border-radius: 6px; background: var(--none-back);
  font-size: 12px; line-height: 1.45; overflow: auto; max-height: 420px;
}
mark { background: var(--mark); color: inherit; }
.shards { display: flex; flex-wrap: wrap; gap: 4px; }
.shards i {
  font-style: normal; font-size: 12px; font-weight: 600; min-width: 32px; padding: 3px 6px;
  text-align: center; border-radius: 5px;
}
#bubble {
  display: none; position: fixed; z-index: 9; pointer-events: none; max-width: min(420px, 92vw);
  padding: 7px 10px; border-radius: 7px; font-size: 12.5px; line-height: 1.4;
  white-space: pre-wrap; overflow-wrap: anywhere; background: var(--ink); color: var(--card);
}
@media (max-width: 560px) {
  main { padding: 12px 10px 40px; }
  header { gap: 14px; padding: 16px 14px; }
  section { padding: 14px 14px 16px; }
  .scroll { margin: 0 -14px; padding: 0 14px; }
  .sign { width: 40px; height: 40px; font-size: 22px; }
  .wide, .guarantees th:nth-child(2) { display: none; }
  .guarantees td:first-child { min-width: 120px; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .tiles b { font-size: 18px; }
  .bars { grid-template-columns: 1fr auto; gap: 2px 12px; }
  .bars > div > span:first-child { grid-column: 1 / 3; margin-top: 8px; }
}
@media print { section { break-inside: avoid; } }
)css";

}  // namespace norlog::fuzz::html
