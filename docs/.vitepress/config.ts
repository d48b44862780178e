import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type DefaultTheme, defineConfig, type UserConfig } from "vitepress";

const tutorial = [
  { text: "Overview", link: "/tutorial/" },
  { text: "First pipeline", link: "/tutorial/first-pipeline" },
  { text: "First actor", link: "/tutorial/first-actor" },
  { text: "First plugin", link: "/tutorial/first-plugin" },
];

const guide = [
  { text: "Getting started", link: "/guide/getting-started" },
  {
    text: "Concepts",
    items: [
      { text: "Actors", link: "/guide/actors" },
      { text: "Messages and formats", link: "/guide/messages" },
      { text: "Rings and delivery", link: "/guide/rings" },
      { text: "Reading", link: "/guide/reading" },
      { text: "Clocks", link: "/guide/clocks" },
      { text: "Dispatchers", link: "/guide/places" },
      { text: "Supervision", link: "/guide/supervision" },
    ],
  },
  {
    text: "Media and networks",
    items: [
      { text: "Media files", link: "/guide/media" },
      { text: "GPU", link: "/guide/gpu" },
      { text: "Other machines", link: "/guide/transports" },
      { text: "ST 2110", link: "/guide/st2110" },
      { text: "PTP", link: "/guide/ptp" },
    ],
  },
  {
    text: "Running and watching",
    items: [
      { text: "Pipelines as text", link: "/guide/run" },
      { text: "Watching programs", link: "/guide/watching" },
      { text: "Seeing the graph", link: "/guide/graph" },
      { text: "Profiling", link: "/guide/profiling" },
      { text: "Metrics", link: "/guide/metrics" },
    ],
  },
  {
    text: "Building on it",
    items: [
      { text: "Plugins", link: "/guide/plugins" },
      { text: "Testing", link: "/guide/testing" },
      { text: "Publishing", link: "/guide/publishing" },
      { text: "Actors as text", link: "/guide/sandbox" },
      { text: "For agents", link: "/guide/agents" },
      { text: "Error codes", link: "/guide/errors" },
    ],
  },
];

const internals = ["actors", "places", "rings", "time", "speed", "abi", "runtimes", "st2110", "ptp", "gpu"].map((
  name,
) => ({
  text: ["abi", "st2110", "ptp", "gpu"].includes(name)
    ? name.toUpperCase()
    : `${name[0].toUpperCase()}${name.slice(1)}`,
  link: `/internals/${name}`,
}));

const reference = [
  { text: "Actors", link: "/actors/" },
  { text: "API", link: "/api/" },
  { text: "Packages", link: "/packages/" },
];

const beside = [
  { text: "GStreamer, FFmpeg, Membrane, dora, MXL", link: "/comparison" },
  { text: "gst-launch, line by line", link: "/usability" },
  { text: "Benchmarks", link: "/benchmarks" },
  { text: "Names of the Python design", link: "/names" },
];

/** The pages of the API, which `deno task docs` has written. */
const apiList = fileURLToPath(new URL("./cache/api_sidebar.json", import.meta.url));
const api: DefaultTheme.SidebarItem[] = existsSync(apiList) ? JSON.parse(readFileSync(apiList, "utf8")) : [];

const config: UserConfig = defineConfig({
  title: "streamlib",
  description: "Realtime video, sound, events and data as actors, on Deno and Bun",
  cleanUrls: true,
  head: ["/book.css", "/reference.css"].map((href) => ["link", { rel: "stylesheet", href }]),
  // The index of the search is one file, loaded when somebody searches.
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  themeConfig: {
    search: { provider: "local" },
    nav: [
      { text: "Tutorial", link: "/tutorial/" },
      { text: "Guide", link: "/guide/getting-started" },
      { text: "Actors", link: "/actors/" },
      { text: "API", link: "/api/" },
      { text: "Packages", link: "/packages/" },
      { text: "Internals", link: "/internals/actors" },
    ],
    sidebar: {
      "/api/": [{ text: "Reference", items: reference }, { text: "API", items: api }],
      "/": [
        { text: "Tutorial", items: tutorial },
        { text: "Guide", items: guide },
        { text: "Reference", items: reference },
        { text: "Beside others", items: beside },
        { text: "Internals", items: internals },
      ],
    },
  },
});

export default config;
