"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const money = (value, digits) =>
    value === null ? "–" : value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });

  // The offers: rows of the table by their number in the data.
  const body = $("offers").tBodies[0];
  const rows = Array.from(body.rows);
  const offers = data.offers;
  const first = document.querySelector("#offers th[aria-sort=ascending] button");
  let order = { key: first ? first.dataset.key : "", down: false };
  const PAGE = 50;
  let most = PAGE; // rows of the table; the charts have all that fits

  function compare(a, b) {
    const x = offers[a.dataset.number][order.key];
    const y = offers[b.dataset.number][order.key];
    if (x === null || y === null) return (x === null) - (y === null); // what is not known comes last, either way round
    const less = typeof x === "string" ? x.localeCompare(y, "en", { numeric: true }) : x - y;
    return (order.down ? -less : less) || a.dataset.number - b.dataset.number;
  }

  function sort(key, down) {
    order = { key, down };
    rows.sort(compare);
    body.append(...rows);
    list();
    for (const button of document.querySelectorAll("#offers th button")) {
      const chosen = button.dataset.key === key;
      button.parentElement.setAttribute("aria-sort", chosen ? (down ? "descending" : "ascending") : "none");
    }
    $("sort").value = key;
  }

  function wanted() {
    const clouds = new Set(Array.from(document.querySelectorAll("[name=cloud]:checked"), (box) => box.value));
    const market = $("market").value;
    const region = $("region").value;
    const words = $("words").value.toLowerCase().split(/\s+/).filter(Boolean);
    return (offer) =>
      clouds.has(offer.cloud) &&
      (!market || offer.market === market) &&
      (!region || offer.region === region) &&
      words.every((word) => `${offer.machine_type} ${offer.gpus} ${offer.region} ${offer.cloud}`.toLowerCase().includes(word));
  }

  function list() {
    const fits = wanted();
    let found = 0;
    for (const row of rows) {
      const fit = fits(offers[row.dataset.number]);
      found += fit;
      row.hidden = !fit || found > most;
    }
    $("shown").textContent = `${found} of ${offers.length} offers fit; ${Math.min(found, most)} are in the table.`;
    $("more").hidden = $("all").hidden = found <= most;
    return offers.filter(fits);
  }

  function filter() {
    draw(list());
  }

  // The charts: both axes logarithmic; of each machine type and market the region that costs least.
  const cheapest = (list) => {
    const best = new Map();
    for (const offer of list) {
      const key = `${offer.cloud} ${offer.machine_type} ${offer.market}`;
      if (!best.has(key) || best.get(key).hourly_price > offer.hourly_price) best.set(key, offer);
    }
    return Array.from(best.values());
  };
  const SVG = "http://www.w3.org/2000/svg";
  function node(name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }
  function shape(offer, x, y) {
    const look = { class: `point ${offer.cloud}${offer.market === "on_demand" ? "" : " hollow"}` };
    if (offer.cloud === "aws") return node("circle", { ...look, cx: x, cy: y, r: 4.5 });
    if (offer.cloud === "azure") return node("rect", { ...look, x: x - 4, y: y - 4, width: 8, height: 8 });
    return node("path", { ...look, d: `M${x} ${y - 5.5}L${x + 5} ${y + 4}L${x - 5} ${y + 4}Z` });
  }
  const steps = (low, high) => {
    const found = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
      for (const lead of [1, 2, 5]) found.push(lead * 10 ** power);
    }
    return found.filter((value) => value >= low * 0.999 && value <= high * 1.001);
  };
  const written = (value) => Number(value.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 3 });

  function scatter(figure, list, key, unit) {
    const points = list.filter((offer) => offer[key] > 0);
    const place = figure.querySelector(".plot");
    place.replaceChildren();
    if (!points.length) {
      place.textContent = "No offer that is shown has both numbers.";
      return;
    }
    const width = Math.max(300, place.clientWidth || 560);
    const height = Math.min(360, Math.max(260, width * 0.6));
    const edge = { left: 52, right: 24, top: 22, bottom: 40 };
    const span = (values) => [Math.min(...values) * 0.85, Math.max(...values) * 1.18];
    const [x0, x1] = span(points.map((offer) => offer[key]));
    const [y0, y1] = span(points.map((offer) => offer.hourly_price));
    const scale = (value, low, high, from, to) => from + (Math.log(value / low) / Math.log(high / low)) * (to - from);
    const atX = (value) => scale(value, x0, x1, edge.left, width - edge.right);
    const atY = (value) => scale(value, y0, y1, height - edge.bottom, edge.top);
    const title = figure.querySelector("figcaption").textContent;
    const svg = node("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}. ${points.length} machine types; the table has all numbers.` });
    let lastX = -Infinity;
    for (const value of steps(x0, x1)) {
      svg.append(node("line", { class: "grid", x1: atX(value), x2: atX(value), y1: edge.top, y2: height - edge.bottom }));
      if (atX(value) - lastX < 44) continue; // no label over another
      lastX = atX(value);
      svg.append(node("text", { x: atX(value), y: height - edge.bottom + 16, "text-anchor": "middle" }, written(value)));
    }
    for (const value of steps(y0, y1)) {
      svg.append(node("line", { class: "grid", x1: edge.left, x2: width - edge.right, y1: atY(value), y2: atY(value) }));
      svg.append(node("text", { x: edge.left - 6, y: atY(value) + 4, "text-anchor": "end" }, written(value)));
    }
    svg.append(node("text", { x: edge.left, y: 12 }, "USD per hour"));
    svg.append(node("text", { x: width - edge.right, y: height - 6, "text-anchor": "end" }, unit));
    for (const offer of points) {
      const point = shape(offer, atX(offer[key]), atY(offer.hourly_price));
      point.append(node("title", {}, `${offer.machine_type} (${offer.cloud} ${offer.region}, ${offer.market})\n${offer.gpus}, ${written(offer[key])} ${unit}\n${money(offer.hourly_price, 3)} USD per hour`));
      svg.append(point);
    }
    place.append(svg);
  }
  function draw(list) {
    const least = cheapest(list);
    scatter($("by-memory"), least, "gpu_memory_total_gb", "GB of GPU memory");
    scatter($("by-speed"), least, "tflops_bf16", "TFLOPS, dense bf16");
  }

  // The fleet: what idle_stop saves follows from the assumptions, by the same formula as in the playbook.
  function reckon() {
    const said = (name) => Math.max(0, Number($(name).value) || 0);
    const month = said("hours_per_month");
    const share = Math.min(1, (said("busy_hours_per_week") + (said("stops_per_week") * said("idle_minutes")) / 60) / 168);
    const sums = { now: 0, spot: 0, reserved_1y: 0, reserved_3y: 0, idle_stop: 0 };
    const known = { now: 0, spot: 0, reserved_1y: 0, reserved_3y: 0, idle_stop: 0 };
    data.fleet.vms.forEach((vm, number) => {
      const scaled = (value) => (value === null ? null : (value / data.assumptions.hours_per_month) * month);
      const now = scaled(vm.now);
      const cells = { now, idle_stop: vm.idle_stop === null ? null : now * share };
      for (const name of ["spot", "reserved_1y", "reserved_3y"]) cells[name] = scaled(vm[name]);
      for (const name of Object.keys(sums)) {
        sums[name] += (cells[name] === null ? now : cells[name]) || 0;
        known[name] += cells[name] !== null;
        $(`vm-${number}-${name}`).textContent = money(cells[name], 2);
      }
    });
    for (const name of Object.keys(sums)) {
      $(`sum-${name}`).textContent = money(known[name] || name === "now" ? sums[name] : null, 2);
    }
    $("saving").textContent = known.idle_stop ? `idle_stop would save ${money(sums.now - sums.idle_stop, 2)} USD of ${money(sums.now, 2)} USD a month.` : "";
  }

  for (const button of document.querySelectorAll("#offers th button")) {
    button.addEventListener("click", () => sort(button.dataset.key, order.key === button.dataset.key && !order.down));
  }
  $("more").addEventListener("click", () => { most += PAGE; list(); });
  $("all").addEventListener("click", () => { most = Infinity; list(); });
  $("sort").addEventListener("change", () => sort($("sort").value, false));
  for (const control of document.querySelectorAll("#filters input, #filters select")) {
    if (control.id !== "sort") control.addEventListener("input", filter);
  }
  if (data.fleet) {
    for (const control of document.querySelectorAll("#assumptions input")) control.addEventListener("input", reckon);
    reckon();
  }
  let waiting = 0;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 150);
  });
  filter();
})();
