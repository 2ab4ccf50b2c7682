// A table that is wider than a phone can be scrolled by keys, too.
addEventListener("load", () => document.querySelectorAll(".md-typeset__scrollwrap").forEach((box) => (box.tabIndex = 0)));
