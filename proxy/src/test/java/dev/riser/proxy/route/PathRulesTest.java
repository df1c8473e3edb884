package dev.riser.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.proxy.route.PathRules.Changed;
import dev.riser.proxy.route.PathRules.EscapedSlashes;
import dev.riser.proxy.route.PathRules.RedirectTo;
import dev.riser.proxy.route.PathRules.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathRulesTest {
    @ParameterizedTest
    @CsvSource({
        "/a/b,               /a/b",
        "/a/./b,             /a/b",
        "/a/../b,            /b",
        "/a/b/..,            /a/",
        "/a/b/.,             /a/b/",
        "/..,                /",
        "/../../x,           /x",
        "/a/%2e%2E/b,        /b",
        "/a/.%2e/b,          /b",
        "/a\\..\\b,          /b",
        "/a\\b,              /a/b",
        "/%61dmin,           /admin",
        "/a%20b,             /a%20b",
        "/a%2fb,             /a%2fb",
        "/a..b/...,          /a..b/...",
        "/a//b,              /a//b",
        "/a/../b?c=/../d,    /b?c=/../d",
        "/a%zz,              /a%zz",
        "/a%2,               /a%2",
        "*,                  *"
    })
    void dotsBackSlashesAndNeedlessEscapesAreResolved(String path, String expected) {
        assertThat(path(new PathRules(true, false, EscapedSlashes.KEEP_UNCHANGED), path))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"//a///b, /a/b", "/a//?x=//, /a/?x=//", "/a/..//b, /b", "/a, /a"})
    void slashesCanBeMerged(String path, String expected) {
        assertThat(path(new PathRules(true, true, EscapedSlashes.KEEP_UNCHANGED), path))
                .isEqualTo(expected);
    }

    @Test
    void aPathThatIsInTheOneFormIsNotCopied() {
        PathRules rules = new PathRules(true, true, EscapedSlashes.REJECT_REQUEST);

        assertThat(rules.apply("/a/b.html?c=//d/../e%2f")).isEqualTo(Verdict.UNCHANGED);
        assertThat(rules.apply("/.well-known/x")).isEqualTo(Verdict.UNCHANGED);
    }

    @ParameterizedTest
    @CsvSource({
        "KEEP_UNCHANGED, /a%2Fb",
        "UNESCAPE_AND_FORWARD, /a/b",
        "UNESCAPE_AND_REDIRECT, redirect /a/b",
        "REJECT_REQUEST, REJECTED"
    })
    void escapedSlashesAreTreatedAsConfigured(EscapedSlashes action, String expected) {
        assertThat(path(new PathRules(true, false, action), "/a%2Fb")).isEqualTo(expected);
    }

    @Test
    void anEscapedSlashCannotHideADotSegment() {
        assertThat(path(new PathRules(true, true, EscapedSlashes.UNESCAPE_AND_FORWARD), "/public%2f..%5cadmin"))
                .isEqualTo("/admin");
    }

    @ParameterizedTest
    @CsvSource({"/a#b", "/a?b#c", "/a%00", "#"})
    void pathsWithoutASafeReadingAreRejected(String path) {
        assertThat(new PathRules(true, false, EscapedSlashes.KEEP_UNCHANGED).apply(path))
                .isEqualTo(Verdict.REJECTED);
    }

    private static String path(PathRules rules, String path) {
        return switch (rules.apply(path)) {
            case Verdict.UNCHANGED -> path;
            case Verdict.REJECTED -> "REJECTED";
            case Changed(String changed) -> changed;
            case RedirectTo(String changed) -> "redirect " + changed;
        };
    }
}
