package dev.riser.proxy.route;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import io.netty.util.AsciiString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RewriteTest {
    @ParameterizedTest
    @CsvSource({
        "prefix,   /api/v1?x=1, /new/v1?x=1",
        "prefix,   /api,        /new",
        "exact,    /api?x,      /new?x",
        "segments, /api/v1,     /new/v1",
        "regex,    /api/1?x,    /new?x"
    })
    void whatTheRouteMatchedIsReplaced(String kind, String path, String expected) {
        PathMatch match = switch (kind) {
            case "prefix" -> new PathMatch.Prefix("/api", false);
            case "exact" -> new PathMatch.Exact("/api", false);
            case "segments" -> new PathMatch.Segments("/api", false);
            default -> new PathMatch.Regex(Pattern.compile("/api/[0-9]"));
        };

        assertThat(new PathRewrite.ReplacePrefix("/new").apply(match, path)).hasToString(expected);
    }

    @Test
    void everyMatchOfAnExpressionIsSubstitutedAndTheQueryKept() {
        PathRewrite rewrite = new PathRewrite.ReplaceRegex(Pattern.compile("/v([0-9])"), "/version-$1");

        assertThat(rewrite.apply(new PathMatch.Prefix("/", false), "/v1/x/v2?q=/v3"))
                .hasToString("/version-1/x/version-2?q=/v3");
    }

    @Test
    void aPathThatStaysIsTheSameObject() {
        AsciiString path = AsciiString.of("/a");

        assertThat(PathRewrite.Keep.INSTANCE.apply(new PathMatch.Prefix("/", false), path))
                .isSameAs(path);
    }

    @ParameterizedTest
    @CsvSource({
        // scheme, host, port, url, expected
        "https, '',    0,    http://a.test/x?y,      https://a.test/x?y",
        "https, '',    0,    http://a.test:80/x,     https://a.test/x",
        "https, '',    0,    http://a.test:8080/x,   https://a.test:8080/x",
        "http,  '',    0,    https://a.test:443/,    http://a.test/",
        "'',    b.test, 0,   https://a.test:443/,    https://b.test/",
        "'',    '',    8443, http://a.test:80/,      http://a.test:8443/",
        "'',    '',    8443, http://[fd00::1]/,      http://[fd00::1]:8443/",
        "https, '',    8443, http://[fd00::1]:80/,   https://[fd00::1]:8443/"
    })
    void aRedirectBuildsItsLocation(String scheme, String host, int port, String url, String expected) {
        RedirectAction action = new RedirectAction(
                scheme, host, port, new RedirectAction.Rewritten(PathRewrite.Keep.INSTANCE), 301, false);

        assertThat(action.location(new PathMatch.Prefix("/", false), Requests.get(url)))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "replace, /new,     false, http://a/new?q=1",
        "replace, /new?z=2, false, http://a/new?z=2",
        "replace, /new,     true,  http://a/new",
        "prefix,  /new,     false, http://a/new/x?q=1",
        "prefix,  /new,     true,  http://a/new/x"
    })
    void aRedirectCanChangeThePath(String kind, String path, boolean stripQuery, String expected) {
        RedirectAction.Path change = kind.equals("replace")
                ? new RedirectAction.Replaced(path)
                : new RedirectAction.Rewritten(new PathRewrite.ReplacePrefix(path));

        assertThat(new RedirectAction("", "", 0, change, 302, stripQuery)
                        .location(new PathMatch.Prefix("/old", false), Requests.get("http://a/old/x?q=1")))
                .isEqualTo(expected);
    }

    @Test
    void theAuthorityIsRewrittenAsConfigured() {
        RequestView request = Requests.get("http://a.test/eu/x?y").with("x-host", "h.test");

        assertThat(HostRewrite.Keep.INSTANCE.rewrite(request, "e.test")).isNull();
        assertThat(new HostRewrite.Literal("l.test").rewrite(request, "")).isEqualTo("l.test");
        assertThat(new HostRewrite.FromHeader(AsciiString.of("x-host")).rewrite(request, ""))
                .isEqualTo("h.test");
        assertThat(new HostRewrite.FromHeader(AsciiString.of("x-none")).rewrite(request, ""))
                .isNull();
        assertThat(new HostRewrite.FromEndpoint().rewrite(request, "e.test")).isEqualTo("e.test");
        assertThat(new HostRewrite.FromEndpoint().rewrite(request, "")).isNull();
        assertThat(new HostRewrite.FromPath(Pattern.compile("^/([a-z]+)/.*$"), "$1.test").rewrite(request, ""))
                .isEqualTo("eu.test");
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0, 8, 10.255.1.2, true",
        "10.0.0.0, 8, 11.0.0.1, false",
        "10.1.2.3, 32, 10.1.2.3, true",
        "10.1.2.3, 32, 10.1.2.2, false",
        "0.0.0.0, 0, 1.2.3.4, true",
        "0.0.0.0, 0, fd00::1, false",
        "fd00::, 8, fdff::1, true",
        "fd00::, 64, fd00:0:0:1::1, false",
        "fd00::, 64, fd00::ffff, true",
        "fd00::10, 124, fd00::1f, true",
        "fd00::10, 124, fd00::20, false",
        "fd00::1, 128, fd00::1, true",
        "'::', 0, fd00::1, true",
        "10.0.0.0, 8, ::ffff:10.1.1.1, true"
    })
    void rangesContainTheirAddresses(String base, int length, String address, boolean contains) {
        assertThat(new IpRange(address(base), length).contains(address(address)))
                .isEqualTo(contains);
    }

    private static IpAddress address(String text) {
        return requireNonNull(IpAddress.parse(text));
    }
}
