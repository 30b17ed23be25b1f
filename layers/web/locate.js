/* Where this file was loaded from, and for which write key, so that one file serves every key and every host. */
(function (page) {
  var script = page.document.currentScript;
  var address = ADDRESS.exec(script ? script.src.split(/[?#]/)[0] : "") || [];
  var name = script && script.getAttribute("data-global-segment-analytics-key");
  var snippet = page[name || "analytics"];
  var cdn = (snippet && snippet._cdn) || address[1] || "";
  return { cdn: cdn, host: cdn.replace(/^https?:\/\//, ""), key: address[2] };
})(window)
