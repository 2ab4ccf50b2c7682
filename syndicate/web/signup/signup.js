// Makes the form of subscribing a little more pleasant; without it, everything works all the same.
"use strict";
(() => {
  const form = document.getElementById("signup");
  if (!form) return;
  const shown = performance.now();
  const button = form.querySelector("button");
  const email = form.elements.email;
  const digests = [...form.querySelectorAll('input[name="digest"][type="checkbox"]')];

  // Mistakes are shown at their field, in the page's own words, before anything is sent.
  form.noValidate = true;
  const show = (field, id, wrong) => {
    document.getElementById(id).hidden = !wrong;
    if (wrong) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    return wrong;
  };
  const isWrong = () => !email.validity.valid || !/.@[^@]+\.[^@]+$/.test(email.value.trim());
  email.addEventListener("input", () => email.hasAttribute("aria-invalid") && show(email, "email-error", isWrong()));
  for (const each of digests) each.addEventListener("change", () => show(each, "digest-error", false));

  form.addEventListener("submit", (event) => {
    const wrong = [];
    if (show(email, "email-error", isWrong())) wrong.push(email);
    if (digests.length && !digests.some((each) => each.checked)) {
      document.getElementById("digest-error").hidden = false;
      wrong.push(digests[0]);
    }
    if (wrong.length || button.getAttribute("aria-disabled")) {
      event.preventDefault();
      if (wrong.length) wrong[0].focus();
      return;
    }
    button.setAttribute("aria-disabled", "true");
    // Whoever fills the form in by a click is quicker than the server believes of people.
    const wait = Number(form.dataset.stamp) + 300 - (performance.now() - shown);
    if (wait > 0) {
      event.preventDefault();
      setTimeout(() => form.submit(), wait);
    }
  });
  // On the way back from the next page, the button is a button again.
  addEventListener("pageshow", () => button.removeAttribute("aria-disabled"));

  const trouble = document.getElementById("trouble");
  if (trouble) trouble.focus();

  // In a frame: how high it would like to be.
  if (parent !== window) {
    const tell = () => parent.postMessage({ syndicate: "height", height: document.documentElement.scrollHeight }, "*");
    new ResizeObserver(tell).observe(document.body);
  }
})();
