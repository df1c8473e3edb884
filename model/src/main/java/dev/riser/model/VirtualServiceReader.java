package dev.riser.model;

import com.google.re2j.Pattern;
import dev.riser.base.Spelling;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;

/** Reads Istio's VirtualService. */
final class VirtualServiceReader {
    private static final Duration LEAST_TIMEOUT = Duration.ofMillis(1);
    private static final Set<Integer> REDIRECT_CODES = Set.of(301, 302, 303, 307, 308);
    private static final List<String> RETRY_CONDITIONS = List.of(
            "5xx",
            "gateway-error",
            "reset",
            "reset-before-request",
            "connect-failure",
            "retriable-4xx",
            "refused-stream",
            "retriable-status-codes",
            "cancelled",
            "deadline-exceeded",
            "internal",
            "resource-exhausted",
            "unavailable");
    private static final java.util.regex.Pattern GROUP = java.util.regex.Pattern.compile("\\\\(.?)");
    private static final Map<String, Integer> GRPC_CODES = grpcCodes();
    private static final Map<String, Boolean> PREFLIGHTS = preflights();
    private static final Map<String, HttpRule.RedirectPort> DERIVED_PORTS = derivedPorts();

    private VirtualServiceReader() {}

    private static Map<String, Integer> grpcCodes() {
        Map<String, Integer> codes = new LinkedHashMap<>();
        int code = 0;
        for (String name : List.of(
                "OK",
                "CANCELLED",
                "UNKNOWN",
                "INVALID_ARGUMENT",
                "DEADLINE_EXCEEDED",
                "NOT_FOUND",
                "ALREADY_EXISTS",
                "PERMISSION_DENIED",
                "RESOURCE_EXHAUSTED",
                "FAILED_PRECONDITION",
                "ABORTED",
                "OUT_OF_RANGE",
                "UNIMPLEMENTED",
                "INTERNAL",
                "UNAVAILABLE",
                "DATA_LOSS",
                "UNAUTHENTICATED")) {
            codes.put(name, code);
            code++;
        }
        for (int number = 0; number < code; number++) {
            codes.put(Integer.toString(number), number);
        }
        return codes;
    }

    private static Map<String, Boolean> preflights() {
        Map<String, Boolean> choices = new LinkedHashMap<>();
        choices.put("FORWARD", true);
        choices.put("IGNORE", false);
        choices.put("UNSPECIFIED", true);
        return choices;
    }

    private static Map<String, HttpRule.RedirectPort> derivedPorts() {
        Map<String, HttpRule.RedirectPort> choices = new LinkedHashMap<>();
        choices.put("FROM_PROTOCOL_DEFAULT", new HttpRule.RedirectPort.ProtocolDefault());
        choices.put("FROM_REQUEST_PORT", new HttpRule.RedirectPort.OfRequest());
        return choices;
    }

    static VirtualService read(ConfigReader.Header header, Fields spec) {
        Reading reading = spec.self().reading();
        Optional<Field> hostsField = spec.take("hosts");
        List<String> hosts = hostsField
                .map(field -> field.list(item -> item.host(Field.Wildcards.ALLOWED)))
                .orElse(List.of());
        Optional<Field> gateways = spec.take("gateways");
        boolean concernsMesh = RouteParts.concernsMesh(gateways);
        List<HttpRule> http = new ArrayList<>();
        List<VirtualService.TlsRule> tls = new ArrayList<>();
        List<VirtualService.TcpRule> tcp = new ArrayList<>();
        int rules = 0;
        Optional<Field> httpField = spec.take("http");
        if (httpField.isPresent()) {
            List<Field> items = httpField.get().items();
            rules += items.size();
            for (int index = 0; index < items.size(); index++) {
                http(items.get(index), index, header.key().namespace()).ifPresent(http::add);
            }
            noteUnreachable(http, reading);
        }
        Optional<Field> tlsField = spec.take("tls");
        if (tlsField.isPresent()) {
            List<Field> items = tlsField.get().items();
            rules += items.size();
            for (int index = 0; index < items.size(); index++) {
                tls(items.get(index), index).ifPresent(tls::add);
            }
        }
        Optional<Field> tcpField = spec.take("tcp");
        if (tcpField.isPresent()) {
            List<Field> items = tcpField.get().items();
            rules += items.size();
            for (int index = 0; index < items.size(); index++) {
                tcp(items.get(index), index).ifPresent(tcp::add);
            }
        }
        List<String> exportTo = spec.texts("exportTo");
        spec.close();
        if (rules == 0 && !reading.rejected()) {
            spec.self().reject("there is no rule", "http, tls or tcp with at least one entry", "");
        }
        if (hosts.isEmpty() && !reading.rejected()) {
            if (hostsField.isPresent() || gateways.isPresent() || !tls.isEmpty() || !tcp.isEmpty()) {
                spec.missing("hosts", "name the hosts whose clients the rules concern");
            }
            for (HttpRule rule : http) {
                if (rule.action() instanceof HttpRule.Delegate) {
                    reading.reject(
                            "spec.http[" + rule.index() + "].delegate",
                            rule.line(),
                            "",
                            "",
                            "a VirtualService without hosts is one that others delegate to, and cannot delegate itself",
                            "add hosts, or write the rules here");
                }
            }
        }
        if (!concernsMesh && !reading.rejected()) {
            // Noted above; an object that concerns gateways only must not take a host away from another one.
            reading.markWithoutEffect();
        }
        return new VirtualService(header.key(), header.labels(), header.origin(), hosts, http, tls, tcp, exportTo);
    }

    private static void noteUnreachable(List<HttpRule> rules, Reading reading) {
        for (int index = 0; index + 1 < rules.size(); index++) {
            HttpRule rule = rules.get(index);
            if (rule.matches().isEmpty()) {
                HttpRule next = rules.get(index + 1);
                reading.note(
                        "spec.http[" + next.index() + "]",
                        next.line(),
                        "",
                        "",
                        "the rule can never be reached: http[" + rule.index() + "] on line " + rule.line()
                                + " has no match and takes every request",
                        "move the rule without match to the end");
                return;
            }
        }
    }

    private static Optional<HttpRule> http(Field item, int index, String namespace) {
        Optional<Fields> mapping = item.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields rule = mapping.get();
        Reading reading = item.reading();
        String name = rule.textOr("name", "");
        Optional<Field> matchField = rule.take("match");
        List<HttpRule.Match> matches = new ArrayList<>();
        int written = 0;
        if (matchField.isPresent()) {
            List<Field> items = matchField.get().items();
            written = items.size();
            items.forEach(match -> httpMatch(match).ifPresent(matches::add));
        }
        Optional<Field> route = rule.take("route");
        Optional<Field> redirect = rule.take("redirect");
        Optional<Field> direct = rule.take("directResponse");
        Optional<Field> delegate = rule.take("delegate");
        Optional<Field> rewriteField = rule.take("rewrite");
        Optional<HttpRule.Rewrite> rewrite = rewriteField.flatMap(VirtualServiceReader::rewrite);
        Optional<Duration> timeout = rule.take("timeout").flatMap(VirtualServiceReader::timeout);
        Optional<HttpRule.Retries> retries = rule.take("retries").flatMap(VirtualServiceReader::retries);
        Optional<HttpRule.Fault> fault = rule.take("fault").flatMap(VirtualServiceReader::fault);
        HeaderChanges headers = rule.take("headers").map(RouteParts::headers).orElse(HeaderChanges.NONE);
        Optional<HttpRule.Cors> cors = rule.take("corsPolicy").flatMap(VirtualServiceReader::cors);
        List<HttpRule.Mirror> mirrors = mirrors(rule);
        rule.unsupported("websocketUpgrade", "take it away: upgrades always pass");
        rule.close();

        Optional<HttpRule.Action> action = Optional.empty();
        List<String> given = new ArrayList<>();
        if (route.isPresent()) {
            given.add("route");
            action = Optional.of(new HttpRule.Forward(RouteParts.targets(route.get(), RouteParts.Headers.ALLOWED)));
        }
        if (redirect.isPresent()) {
            given.add("redirect");
            action = redirect(redirect.get());
        }
        if (direct.isPresent()) {
            given.add("directResponse");
            action = direct(direct.get());
        }
        if (delegate.isPresent()) {
            given.add("delegate");
            action = delegate(delegate.get(), namespace);
        }
        if (given.size() > 1) {
            item.reject(
                    "the rule says " + String.join(" and ", given),
                    "one of route, redirect, directResponse, delegate",
                    "split the rule");
        } else if (given.isEmpty() && !reading.rejected()) {
            item.reject(
                    "the rule does not say what happens to a request",
                    "one of route, redirect, directResponse, delegate",
                    "");
        }
        if (redirect.isPresent() || direct.isPresent()) {
            rewriteField.ifPresent(field -> field.reject(
                    "nothing is forwarded that could be rewritten", "", "take rewrite away, or use route"));
            if (!mirrors.isEmpty()) {
                item.reject("nothing is forwarded that could be mirrored", "", "take mirror away, or use route");
            }
        }
        if (written > 0 && matches.isEmpty() && !reading.rejected()) {
            // Every match was bound to gateways only; without this the rule would take every request.
            return Optional.empty();
        }
        return action.map(what -> new HttpRule(
                index, item.line(), name, matches, what, rewrite, timeout, retries, fault, headers, cors, mirrors));
    }

    private static Optional<HttpRule.Match> httpMatch(Field item) {
        Optional<Fields> mapping = item.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields match = mapping.get();
        String name = match.textOr("name", "");
        Optional<StringMatch> uri = match.take("uri").flatMap(RouteParts::stringMatch);
        Optional<StringMatch> scheme = match.take("scheme").flatMap(RouteParts::stringMatch);
        Optional<StringMatch> method = match.take("method").flatMap(RouteParts::stringMatch);
        Optional<StringMatch> authority = match.take("authority").flatMap(RouteParts::stringMatch);
        Map<String, StringMatch> headers = RouteParts.matches(match.take("headers"), RouteParts.KeyKind.HEADER);
        Map<String, StringMatch> without = RouteParts.matches(match.take("withoutHeaders"), RouteParts.KeyKind.HEADER);
        Map<String, StringMatch> query = RouteParts.matches(match.take("queryParams"), RouteParts.KeyKind.PARAMETER);
        Optional<Field> ignoreCaseField = match.take("ignoreUriCase");
        boolean ignoreCase = ignoreCaseField.flatMap(Field::truth).orElse(false);
        if (ignoreCase && uri.isPresent() && uri.get() instanceof StringMatch.Regex) {
            ignoreCaseField.ifPresent(field -> field.reject(
                    "ignoreUriCase has no effect on a regex", "exact or prefix", "begin the expression with (?i)"));
        }
        OptionalInt port = match.integer("port", 1, 65535);
        Map<String, String> sourceLabels = match.labels("sourceLabels");
        Optional<String> sourceNamespace = match.take("sourceNamespace").flatMap(Field::nonEmptyText);
        boolean concernsMesh = RouteParts.concernsMesh(match.take("gateways"));
        match.unsupported("statPrefix", "take it away: requests are counted by route already");
        match.close();
        if (!concernsMesh) {
            return Optional.empty();
        }
        return Optional.of(new HttpRule.Match(
                name,
                uri,
                scheme,
                method,
                authority,
                headers,
                without,
                query,
                ignoreCase,
                port,
                sourceLabels,
                sourceNamespace,
                item.line()));
    }

    private static Optional<HttpRule.Action> redirect(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields redirect = mapping.get();
        Optional<String> uri = redirect.take("uri").flatMap(Field::nonEmptyText);
        Optional<String> prefix = redirect.take("prefixRewrite").flatMap(Field::nonEmptyText);
        Optional<String> authority = redirect.take("authority").flatMap(VirtualServiceReader::authority);
        Optional<String> scheme = redirect.take("scheme").flatMap(value -> value.choice(schemes()));
        Optional<Field> portField = redirect.take("port");
        OptionalInt port = portField.isPresent() ? portField.get().port() : OptionalInt.empty();
        Optional<Field> derivedField = redirect.take("derivePort");
        Optional<HttpRule.RedirectPort> derived = derivedField.flatMap(value -> value.choice(DERIVED_PORTS));
        Optional<Field> codeField = redirect.take("redirectCode");
        int code = 301;
        if (codeField.isPresent()) {
            code = codeField.get().integer(0, Integer.MAX_VALUE).orElse(301);
            if (!REDIRECT_CODES.contains(code)) {
                codeField.get().reject("the status is none of a redirect", "301, 302, 303, 307, 308", "");
            }
        }
        redirect.close();
        if (uri.isPresent() && prefix.isPresent()) {
            field.reject("the redirect gives the path twice", "one of uri, prefixRewrite", "");
        }
        if (portField.isPresent() && derivedField.isPresent()) {
            field.reject("the redirect gives the port twice", "one of port, derivePort", "");
        }
        if (!field.reading().rejected()
                && uri.isEmpty()
                && prefix.isEmpty()
                && authority.isEmpty()
                && scheme.isEmpty()
                && port.isEmpty()
                && derived.isEmpty()) {
            field.reject(
                    "the redirect leads back to where it came from",
                    "at least one of uri, prefixRewrite, authority, scheme, port, derivePort",
                    "");
        }
        Optional<HttpRule.RedirectPath> path = uri.<HttpRule.RedirectPath>map(HttpRule.RedirectPath.Whole::new)
                .or(() -> prefix.map(HttpRule.RedirectPath.Prefix::new));
        Optional<HttpRule.RedirectPort> where =
                port.isPresent() ? Optional.of(new HttpRule.RedirectPort.Fixed(port.getAsInt())) : derived;
        return Optional.of(new HttpRule.Redirect(path, authority, scheme, where, code));
    }

    private static Map<String, String> schemes() {
        Map<String, String> schemes = new LinkedHashMap<>();
        schemes.put("http", "http");
        schemes.put("https", "https");
        return schemes;
    }

    private static Optional<String> authority(Field field) {
        Optional<String> text = field.nonEmptyText();
        if (text.isPresent()
                && text.get().chars().anyMatch(character -> character <= ' ' || character == '/' || character > '~')) {
            field.reject("the value is not a host", "a host name with or without a port", "");
            return Optional.empty();
        }
        return text;
    }

    private static Optional<HttpRule.Action> direct(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields direct = mapping.get();
        Optional<Field> statusField = direct.require("status");
        OptionalInt status = statusField.isPresent() ? statusField.get().integer(200, 599) : OptionalInt.empty();
        byte[] content = {};
        Optional<Fields> body = direct.mapping("body");
        if (body.isPresent()) {
            Optional<Field> text = body.get().take("string");
            Optional<Field> bytes = body.get().take("bytes");
            body.get().close();
            if (text.isPresent() == bytes.isPresent() && !field.reading().rejected()) {
                body.get().self().reject("the body must be given once", "one of string, bytes", "");
            }
            if (text.isPresent()) {
                content = text.get().text().orElse("").getBytes(StandardCharsets.UTF_8);
            } else if (bytes.isPresent()) {
                try {
                    content = Base64.getDecoder().decode(bytes.get().text().orElse(""));
                } catch (IllegalArgumentException notBase64) {
                    bytes.get().reject("the value is not Base64", "Base64", "use string for plain text");
                }
            }
        }
        direct.close();
        return Optional.of(new HttpRule.DirectResponse(status.orElse(200), content));
    }

    private static Optional<HttpRule.Action> delegate(Field field, String namespace) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Optional<String> name = mapping.get().require("name").flatMap(Field::nonEmptyText);
        String where = mapping.get().textOr("namespace", namespace);
        mapping.get().close();
        return name.map(target -> new HttpRule.Delegate(where.isEmpty() ? namespace : where, target));
    }

    private static Optional<HttpRule.Rewrite> rewrite(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields rewrite = mapping.get();
        Optional<String> uri = rewrite.take("uri").flatMap(Field::nonEmptyText);
        Optional<String> authority = rewrite.take("authority").flatMap(VirtualServiceReader::authority);
        Optional<Fields> regex = rewrite.mapping("uriRegexRewrite");
        rewrite.close();
        Optional<HttpRule.PathRewrite> path = uri.map(HttpRule.PathRewrite.Matched::new);
        if (regex.isPresent()) {
            if (uri.isPresent()) {
                field.reject("the rewrite gives the path twice", "one of uri, uriRegexRewrite", "");
            }
            Optional<Pattern> pattern = regex.get().require("match").flatMap(Field::regex);
            Optional<Field> replacementField = regex.get().take("rewrite");
            String replacement = replacementField.flatMap(Field::text).orElse("");
            regex.get().close();
            if (pattern.isPresent()) {
                if (replacementField.isPresent()) {
                    checkGroups(replacementField.get(), replacement, pattern.get());
                }
                path = Optional.of(new HttpRule.PathRewrite.Regex(pattern.get().pattern(), pattern.get(), replacement));
            }
        }
        if (path.isEmpty() && authority.isEmpty() && !field.reading().rejected()) {
            field.reject("the rewrite changes nothing", "at least one of uri, uriRegexRewrite, authority", "");
        }
        return Optional.of(new HttpRule.Rewrite(path, authority));
    }

    private static void checkGroups(Field field, String replacement, Pattern pattern) {
        Matcher group = GROUP.matcher(replacement);
        while (group.find()) {
            String named = String.valueOf(group.group(1));
            boolean known = named.equals("\\")
                    || (!named.isEmpty()
                            && Character.isDigit(named.charAt(0))
                            && Character.digit(named.charAt(0), 10) <= pattern.groupCount());
            if (!known) {
                field.reject(
                        "the replacement mentions a group that the expression does not have",
                        "\\0 to \\" + pattern.groupCount() + ", and \\\\ for a backslash",
                        "");
                return;
            }
        }
    }

    /** A timeout; zero, which switches it off, is allowed, and anything under a millisecond is not. */
    private static Optional<Duration> timeout(Field field) {
        Optional<Duration> timeout = field.duration(Duration.ZERO);
        if (timeout.isPresent() && !timeout.get().isZero() && timeout.get().compareTo(LEAST_TIMEOUT) < 0) {
            field.reject("the duration is too short", "0s, or at least 1ms", "");
            return Optional.empty();
        }
        return timeout;
    }

    private static Optional<HttpRule.Retries> retries(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields retries = mapping.get();
        Optional<Field> attemptsField = retries.require("attempts");
        OptionalInt attempts = attemptsField.isPresent() ? attemptsField.get().integer(0, 100) : OptionalInt.empty();
        Optional<Duration> perTry = retries.take("perTryTimeout").flatMap(VirtualServiceReader::timeout);
        Optional<Field> retryOnField = retries.take("retryOn");
        List<String> retryOn = new ArrayList<>();
        if (retryOnField.isPresent()) {
            for (String word : retryOnField.get().textOrNumber().orElse("").split(",", -1)) {
                String condition = word.strip();
                if (condition.isEmpty()) {
                    continue;
                }
                boolean status = condition.matches("[2-5]\\d\\d");
                if (!status && !RETRY_CONDITIONS.contains(condition)) {
                    retryOnField
                            .get()
                            .reject(
                                    "'" + condition + "' is no condition for a retry that Riser knows",
                                    String.join(", ", RETRY_CONDITIONS) + ", and status codes",
                                    Spelling.closest(condition, RETRY_CONDITIONS)
                                            .map(near -> "did you mean " + near + "?")
                                            .orElse(""));
                }
                retryOn.add(condition);
            }
        }
        boolean remote = retries.truth("retryRemoteLocalities").orElse(false);
        boolean ignorePrevious = retries.truth("retryIgnorePreviousHosts").orElse(true);
        Optional<Duration> backoff = retries.duration("backoff", LEAST_TIMEOUT);
        retries.close();
        return Optional.of(new HttpRule.Retries(attempts.orElse(0), perTry, retryOn, remote, ignorePrevious, backoff));
    }

    private static Optional<HttpRule.Fault> fault(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Optional<HttpRule.Delay> delay = mapping.get().take("delay").flatMap(VirtualServiceReader::delay);
        Optional<HttpRule.Abort> abort = mapping.get().take("abort").flatMap(VirtualServiceReader::abort);
        mapping.get().close();
        if (delay.isEmpty() && abort.isEmpty() && !field.reading().rejected()) {
            field.reject("the fault says nothing", "delay, abort or both", "");
        }
        return Optional.of(new HttpRule.Fault(delay, abort));
    }

    private static Optional<HttpRule.Delay> delay(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields delay = mapping.get();
        delay.unsupported("exponentialDelay", "use fixedDelay");
        Optional<Duration> fixed = delay.require("fixedDelay").flatMap(value -> value.duration(LEAST_TIMEOUT));
        Percentage percentage = percentage(delay, "percentage", "percent");
        delay.close();
        return fixed.map(duration -> new HttpRule.Delay(duration, percentage));
    }

    private static Optional<HttpRule.Abort> abort(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields abort = mapping.get();
        abort.unsupported("http2Error", "use httpStatus or grpcStatus");
        Optional<Field> http = abort.take("httpStatus");
        Optional<Field> grpc = abort.take("grpcStatus");
        Percentage percentage = percentage(abort, "percentage", "percent");
        abort.close();
        if (http.isPresent() == grpc.isPresent()) {
            if (http.isPresent() || !field.reading().rejected()) {
                field.reject("the abort must say with what", "one of httpStatus, grpcStatus", "");
            }
            return Optional.empty();
        }
        if (http.isPresent()) {
            OptionalInt status = http.get().integer(200, 599);
            return status.isPresent()
                    ? Optional.of(new HttpRule.Abort(new HttpRule.AbortStatus.Http(status.getAsInt()), percentage))
                    : Optional.empty();
        }
        return grpc.flatMap(value -> value.isPlainNumber() ? grpcNumber(value) : value.choice(GRPC_CODES))
                .map(code -> new HttpRule.Abort(new HttpRule.AbortStatus.Grpc(code), percentage));
    }

    private static Optional<Integer> grpcNumber(Field field) {
        OptionalInt code = field.integer(0, 16);
        return code.isPresent() ? Optional.of(code.getAsInt()) : Optional.empty();
    }

    /** The share, in its present form {@code {value: …}} or in the old one, a plain number. */
    private static Percentage percentage(Fields fields, String name, String oldName) {
        Optional<Field> present = fields.take(name);
        Optional<Field> old = fields.take(oldName);
        if (present.isPresent() && old.isPresent()) {
            old.get()
                    .reject("the share is given twice", "one of " + name + ", " + oldName, "take " + oldName + " away");
        }
        if (present.isEmpty() && old.isPresent()) {
            OptionalDouble value = old.get().number(0, 100);
            return new Percentage(value.orElse(0));
        }
        return RouteParts.percentage(present);
    }

    private static List<HttpRule.Mirror> mirrors(Fields rule) {
        Optional<Field> single = rule.take("mirror");
        Optional<Field> several = rule.take("mirrors");
        Optional<Field> shareField = rule.take("mirrorPercentage");
        Optional<Field> oldShareField = rule.take("mirrorPercent");
        Percentage share = shareField.isEmpty() && oldShareField.isPresent()
                ? new Percentage(oldShareField.get().number(0, 100).orElse(0))
                : RouteParts.percentage(shareField);
        if (shareField.isPresent() && oldShareField.isPresent()) {
            oldShareField
                    .get()
                    .reject(
                            "the share is given twice",
                            "one of mirrorPercentage, mirrorPercent",
                            "take mirrorPercent away");
        }
        if (single.isPresent() && several.isPresent()) {
            single.get().reject("mirrors are given twice", "one of mirror, mirrors", "move it into mirrors");
        }
        if (single.isEmpty()) {
            shareField
                    .or(() -> oldShareField)
                    .ifPresent(field -> field.reject(
                            "the share belongs to mirror, which is not there", "", "use mirrors[].percentage"));
        }
        List<HttpRule.Mirror> mirrors = new ArrayList<>();
        single.flatMap(RouteParts::destination)
                .ifPresent(destination -> mirrors.add(new HttpRule.Mirror(destination, share)));
        several.ifPresent(field -> mirrors.addAll(field.list(VirtualServiceReader::mirror)));
        return mirrors;
    }

    private static Optional<HttpRule.Mirror> mirror(Field item) {
        Optional<Fields> mapping = item.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Optional<Destination> destination = mapping.get().require("destination").flatMap(RouteParts::destination);
        Percentage share = RouteParts.percentage(mapping.get().take("percentage"));
        mapping.get().close();
        return destination.map(target -> new HttpRule.Mirror(target, share));
    }

    private static Optional<HttpRule.Cors> cors(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields cors = mapping.get();
        List<StringMatch> origins = new ArrayList<>(cors.list("allowOrigins", RouteParts::stringMatch));
        cors.take("allowOrigin")
                .ifPresent(old -> old.texts().forEach(origin -> origins.add(new StringMatch.Exact(origin))));
        List<String> methods = cors.list("allowMethods", item -> {
            Optional<String> method = item.nonEmptyText();
            if (method.isPresent() && !method.get().equals(method.get().toUpperCase(Locale.ROOT))) {
                item.reject(
                        "methods are written in upper case",
                        "",
                        "write " + method.get().toUpperCase(Locale.ROOT));
            }
            return method;
        });
        List<String> headers = cors.texts("allowHeaders");
        List<String> exposed = cors.texts("exposeHeaders");
        Optional<Duration> maxAge = cors.duration("maxAge", Duration.ZERO);
        Optional<Boolean> credentials = cors.truth("allowCredentials");
        boolean forward = cors.take("unmatchedPreflights")
                .flatMap(value -> value.choice(PREFLIGHTS))
                .orElse(true);
        cors.close();
        return Optional.of(new HttpRule.Cors(origins, methods, headers, exposed, maxAge, credentials, forward));
    }

    private static Optional<VirtualService.TlsRule> tls(Field item, int index) {
        Optional<Fields> mapping = item.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields rule = mapping.get();
        Optional<Field> matchField = rule.require("match");
        List<VirtualService.TlsMatch> matches = new ArrayList<>();
        if (matchField.isPresent()) {
            List<Field> items = matchField.get().items();
            if (items.isEmpty()) {
                matchField.get().reject("there is no match", "at least one, with sniHosts", "");
            }
            items.forEach(match -> tlsMatch(match).ifPresent(matches::add));
        }
        List<WeightedDestination> targets = rule.require("route")
                .map(route -> RouteParts.targets(route, RouteParts.Headers.REFUSED))
                .orElse(List.of());
        rule.close();
        return matches.isEmpty()
                ? Optional.empty()
                : Optional.of(new VirtualService.TlsRule(index, item.line(), matches, targets));
    }

    private static Optional<VirtualService.TlsMatch> tlsMatch(Field item) {
        Optional<Fields> mapping = item.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields match = mapping.get();
        Optional<Field> sniField = match.require("sniHosts");
        List<String> sni = sniField.map(field -> field.list(host -> host.host(Field.Wildcards.ALLOWED)))
                .orElse(List.of());
        if (sniField.isPresent() && sni.isEmpty() && !item.reading().rejected()) {
            sniField.get().reject("there is no server name", "at least one", "");
        }
        List<IpBlock> subnets = match.list("destinationSubnets", Field::ipBlock);
        OptionalInt port = match.integer("port", 1, 65535);
        Map<String, String> labels = match.labels("sourceLabels");
        Optional<String> namespace = match.take("sourceNamespace").flatMap(Field::nonEmptyText);
        boolean concernsMesh = RouteParts.concernsMesh(match.take("gateways"));
        match.close();
        return concernsMesh
                ? Optional.of(new VirtualService.TlsMatch(sni, subnets, port, labels, namespace, item.line()))
                : Optional.empty();
    }

    private static Optional<VirtualService.TcpRule> tcp(Field item, int index) {
        Optional<Fields> mapping = item.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields rule = mapping.get();
        Optional<Field> matchField = rule.take("match");
        List<VirtualService.TcpMatch> matches = new ArrayList<>();
        int written = 0;
        if (matchField.isPresent()) {
            List<Field> items = matchField.get().items();
            written = items.size();
            items.forEach(match -> tcpMatch(match).ifPresent(matches::add));
        }
        List<WeightedDestination> targets = rule.require("route")
                .map(route -> RouteParts.targets(route, RouteParts.Headers.REFUSED))
                .orElse(List.of());
        rule.close();
        return written > 0 && matches.isEmpty()
                ? Optional.empty()
                : Optional.of(new VirtualService.TcpRule(index, item.line(), matches, targets));
    }

    private static Optional<VirtualService.TcpMatch> tcpMatch(Field item) {
        Optional<Fields> mapping = item.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields match = mapping.get();
        List<IpBlock> subnets = match.list("destinationSubnets", Field::ipBlock);
        OptionalInt port = match.integer("port", 1, 65535);
        match.unsupported("sourceSubnet", "use sourceLabels or sourceNamespace");
        Map<String, String> labels = match.labels("sourceLabels");
        Optional<String> namespace = match.take("sourceNamespace").flatMap(Field::nonEmptyText);
        boolean concernsMesh = RouteParts.concernsMesh(match.take("gateways"));
        match.close();
        return concernsMesh
                ? Optional.of(new VirtualService.TcpMatch(subnets, port, labels, namespace, item.line()))
                : Optional.empty();
    }
}
