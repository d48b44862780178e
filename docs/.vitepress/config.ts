import { defineConfig, type UserConfig } from "vitepress";

const guide = [
  { text: "Getting started", link: "/guide/getting-started" },
  { text: "Actors", link: "/guide/actors" },
  { text: "Rings and delivery", link: "/guide/rings" },
  { text: "Reading", link: "/guide/reading" },
  { text: "Clocks", link: "/guide/clocks" },
  { text: "PTP", link: "/guide/ptp" },
  { text: "Threads and processes", link: "/guide/places" },
  { text: "Supervision", link: "/guide/supervision" },
  { text: "Actors as text", link: "/guide/sandbox" },
  { text: "Media files", link: "/guide/media" },
  { text: "Other machines", link: "/guide/transports" },
  { text: "ST 2110", link: "/guide/st2110" },
  { text: "GPU", link: "/guide/gpu" },
  { text: "Seeing the graph", link: "/guide/graph" },
  { text: "Watching programs", link: "/guide/watching" },
  { text: "Profiling", link: "/guide/profiling" },
  { text: "Metrics", link: "/guide/metrics" },
  { text: "Pipelines as text", link: "/guide/run" },
  { text: "Plugins", link: "/guide/plugins" },
  { text: "Publishing", link: "/guide/publishing" },
  { text: "Testing", link: "/guide/testing" },
  { text: "For agents", link: "/guide/agents" },
  { text: "Error codes", link: "/guide/errors" },
];

const internals = ["actors", "places", "rings", "time", "speed", "abi", "runtimes", "st2110", "ptp", "gpu"].map((
  name,
) => ({
  text: ["abi", "st2110", "ptp", "gpu"].includes(name)
    ? name.toUpperCase()
    : `${name[0].toUpperCase()}${name.slice(1)}`,
  link: `/internals/${name}`,
}));

const config: UserConfig = defineConfig({
  title: "streamlib",
  description: "Realtime video, sound, events and data as actors, on Deno and Bun",
  cleanUrls: true,
  // READMEs of packages are shown under /packages/ and link to files of their own folder.
  ignoreDeadLinks: [/^\.\/(?!index)/],
  themeConfig: {
    search: { provider: "local" },
    nav: [
      { text: "Guide", link: "/guide/getting-started" },
      { text: "Actors", link: "/actors/" },
      { text: "Packages", link: "/packages/" },
      { text: "Internals", link: "/internals/actors" },
    ],
    sidebar: [
      { text: "Guide", items: guide },
      {
        text: "Reference",
        items: [{ text: "Actors", link: "/actors/" }, { text: "Packages", link: "/packages/" }],
      },
      { text: "Internals", items: internals },
    ],
  },
});

export default config;
