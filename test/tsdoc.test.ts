import { type Symbol as Named, Node, Project, SymbolFlags, ts } from "ts-morph";
import { expect, test } from "vitest";

/** The first words of what is said of a name; inherited words count. */
function words(symbol: Named, checker: ts.TypeChecker): string {
  return ts.displayPartsToString(symbol.compilerSymbol.getDocumentationComment(checker)).trim();
}

/** What a user can touch of a class or an interface. */
function publicMembers(symbol: Named): Named[] {
  return symbol.getMembers().filter((member) => {
    const [declaration] = member.getDeclarations();
    if (declaration === undefined || member.hasFlags(SymbolFlags.TypeParameter)) return false;
    if (/^__|^#/.test(member.getName())) return false; // constructors, symbols, names of its own
    return !(
      Node.isModifierable(declaration) &&
      (declaration.hasModifier("private") || declaration.hasModifier("protected"))
    );
  });
}

test("every name of the library, and every member that a user can touch, says what it means", () => {
  const project = new Project({ tsConfigFilePath: "tsconfig.json", skipAddingFilesFromTsConfig: true });
  const entry = project.addSourceFileAtPath("src/index.ts");
  project.resolveSourceFileDependencies();
  const checker = project.getTypeChecker().compilerObject;
  const unsaid = entry.getExportSymbols().flatMap((exported) => {
    const symbol = exported.isAlias() ? exported.getAliasedSymbolOrThrow() : exported;
    const name = exported.getName();
    return [
      ...(words(symbol, checker) === "" ? [name] : []),
      ...publicMembers(symbol)
        .filter((member) => words(member, checker) === "")
        .map((member) => `${name}.${member.getName()}`),
    ];
  });
  expect(unsaid).toEqual([]);
}, 120_000);
