// The status page, with numbers that the Go test makes up.
import { accessible, equal, fits, picture, run, test } from "./harness.mjs";

for (const colorScheme of ["light", "dark"]) {
  test(`the status page, ${colorScheme}`, async (page) => {
    await page.getByText("Ready, for 3 hours").waitFor();
    const tile = (name) => page.locator(".tile", { hasText: name }).locator("strong");
    await page.waitForFunction(() => document.querySelector(".curve").getAttribute("d").split("L").length > 60);
    equal(await tile("Connections").textContent(), "421");
    equal(await tile("Mean time").textContent(), "4 ms");
    equal(await page.locator("tbody tr").count(), 3, "instances");
    equal(await page.locator("tbody tr").first().locator("td").first().textContent(), "dummy");
    await accessible(page, "status");
    if (colorScheme === "light") await picture(page, "status");
    await page.setViewportSize({ width: 360, height: 740 });
    await fits(page, "status");
  }, { colorScheme });
}

test("what is wrong is said first", async (page) => {
  await page.goto(process.env.UNREADY);
  await page.locator("#state[data-state=bad]", { hasText: "store: connection refused" }).waitFor();
  await page.locator(".tile.bad", { hasText: "Redis" }).getByText("down").waitFor();
});

await run({ viewport: { width: 1280, height: 640 } });
