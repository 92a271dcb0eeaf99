// What makes the picture more than paper. Without it (an image viewer, scripts turned off) all frames are still there,
// with their titles.
"use strict";
const frames = [...document.querySelectorAll("#frames > g")].map(group => {
  const rect = group.querySelector("rect"), text = group.querySelector("text");
  const title = group.querySelector("title").textContent;
  return {
    group, rect, text, title,
    name: title.slice(0, title.lastIndexOf(" (")),
    x: +rect.getAttribute("x"), y: +rect.getAttribute("y"), width: +rect.getAttribute("width"),
  };
});
const all = frames[0];
const byId = id => document.getElementById(id);

// "frame::Frame::run" behind "vm::frame::Frame::run", and so on; null behind the last part.
function nextPart(name) {
  let depth = 0;
  for (let i = 0; i + 2 < name.length; i++) {
    if ("<(".includes(name[i])) depth++;
    if (">)".includes(name[i])) depth--;
    if (depth <= 0 && name.startsWith("::", i)) return name.slice(i + 2);
  }
  return null;
}

// The last parts of the name, as many as fit; if not even one does, its beginning. LETTER is the width of one.
const LETTER = 6.7;
function fit(name, width) {
  const room = Math.floor((width - 6) / LETTER);
  if (room < 3) return "";
  for (let part; name.length > room && (part = nextPart(name)) !== null;) name = part;
  return name.length <= room ? name : name.slice(0, room - 2) + "..";
}

// The chosen frame and those below it take the whole width; those above it are as wide, and pale.
function zoom(chosen) {
  const scale = all.width / chosen.width, slack = 1e-2;
  for (const frame of frames) {
    const isInside = frame.x >= chosen.x - slack && frame.x + frame.width <= chosen.x + chosen.width + slack;
    const isOuter = frame.y < chosen.y && frame.x <= chosen.x + slack &&
      frame.x + frame.width >= chosen.x + chosen.width - slack;
    const isShown = isOuter || isInside && frame.y >= chosen.y;
    frame.group.style.display = isShown ? "" : "none";
    frame.group.classList.toggle("outer", isOuter);
    if (!isShown) continue;
    const x = isOuter ? all.x : all.x + (frame.x - chosen.x) * scale;
    const width = isOuter ? all.width : frame.width * scale;
    frame.rect.setAttribute("x", x);
    frame.rect.setAttribute("width", width);
    frame.text.setAttribute("x", x + 3);
    frame.text.textContent = fit(frame.name, width);
  }
  byId("reset").textContent = chosen === all ? " " : "whole picture";
}

// Marks what matches and says its share; a match below another is not counted twice.
function search(pattern) {
  let matches = () => false;
  if (pattern) {
    try {
      const expression = new RegExp(pattern, "i");
      matches = name => expression.test(name);
    } catch {
      matches = name => name.includes(pattern);
    }
  }
  const found = frames.filter(frame => matches(frame.name));
  for (const frame of frames) frame.group.classList.toggle("found", found.includes(frame));
  let share = 0, end = -1;
  for (const frame of found.sort((a, b) => a.x - b.x || b.width - a.width)) {
    if (frame.x < end - 1e-2) continue;
    share += frame.width;
    end = frame.x + frame.width;
  }
  byId("search").textContent = pattern ? `${pattern}: ${(100 * share / all.width).toFixed(1)}%` : "search (/)";
}

function ask() {
  const pattern = prompt("Mark functions whose names match (a regular expression; nothing: none)", "");
  if (pattern !== null) search(pattern);
}

if (all) {
  for (const frame of frames) {
    frame.group.addEventListener("click", () => zoom(frame));
    frame.group.addEventListener("mouseover", () => { byId("shown").textContent = frame.title; });
    frame.group.addEventListener("mouseout", () => { byId("shown").textContent = " "; });
  }
  byId("search").addEventListener("click", ask);
  byId("reset").addEventListener("click", () => zoom(all));
  addEventListener("keydown", event => {
    if (event.key === "/") {
      event.preventDefault();
      ask();
    } else if (event.key === "Escape") {
      zoom(all);
      search("");
    }
  });
  search("");
}
