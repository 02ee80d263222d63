// No file or folder imports one that imports it, types included: each can be read and tested after those that it uses.
const circle = { severity: "error", from: {}, to: { circular: true } };

export default {
  forbidden: [
    { name: "no-circle-of-files", ...circle },
    { name: "no-circle-of-folders", scope: "folder", ...circle },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true, // an import of a type counts
  },
};
