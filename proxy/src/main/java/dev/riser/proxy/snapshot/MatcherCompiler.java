package dev.riser.proxy.snapshot;

import static dev.riser.proxy.snapshot.Inspection.at;

import com.google.protobuf.ByteString;
import com.google.re2j.Pattern;
import dev.riser.proxy.route.FormatText;
import dev.riser.proxy.route.Fraction;
import dev.riser.proxy.route.HeaderChanges;
import dev.riser.proxy.route.HeaderMatch;
import dev.riser.proxy.route.IpAddress;
import dev.riser.proxy.route.IpRange;
import dev.riser.proxy.route.PathRewrite;
import dev.riser.proxy.route.QueryMatch;
import dev.riser.proxy.route.StringMatch;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatchAndSubstitute;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Compiles what several kinds of resources share: conditions on text and headers, shares, header changes. */
final class MatcherCompiler {
    private final Inspection inspection;

    MatcherCompiler(Inspection inspection) {
        this.inspection = inspection;
    }

    StringMatch string(StringMatcher matcher, String path) {
        inspection.only(matcher, path, Set.of("exact", "prefix", "suffix", "safe_regex", "contains", "ignore_case"));
        boolean ignoreCase = matcher.getIgnoreCase();
        return switch (matcher.getMatchPatternCase()) {
            case EXACT -> new StringMatch.Exact(matcher.getExact(), ignoreCase);
            case PREFIX -> new StringMatch.Prefix(matcher.getPrefix(), ignoreCase);
            case SUFFIX -> new StringMatch.Suffix(matcher.getSuffix(), ignoreCase);
            case CONTAINS -> new StringMatch.Contains(matcher.getContains(), ignoreCase);
            case SAFE_REGEX -> new StringMatch.Regex(regex(matcher.getSafeRegex(), at(path, "safe_regex")));
            case CUSTOM -> throw new Inspection.Unusable(at(path, "custom"), "this proxy has no custom matchers");
            case MATCHPATTERN_NOT_SET -> throw new Inspection.Unusable(path, "has no pattern");
        };
    }

    Pattern regex(RegexMatcher matcher, String path) {
        inspection.only(matcher, path, Set.of("google_re2", "regex"));
        if (matcher.getRegex().isEmpty()) {
            throw new Inspection.Unusable(at(path, "regex"), "is empty");
        }
        return inspection.regex(matcher.getRegex(), at(path, "regex"));
    }

    PathRewrite.ReplaceRegex substitution(RegexMatchAndSubstitute rewrite, String path) {
        inspection.only(rewrite, path, Set.of("pattern", "substitution"));
        Pattern pattern = regex(rewrite.getPattern(), at(path, "pattern"));
        return new PathRewrite.ReplaceRegex(
                pattern, replacement(rewrite.getSubstitution(), pattern, at(path, "substitution")));
    }

    /** From RE2's syntax ({@code \1}) to RE2/J's ({@code $1}). */
    private String replacement(String substitution, Pattern pattern, String path) {
        StringBuilder out = new StringBuilder();
        boolean afterGroup = false;
        for (int i = 0; i < substitution.length(); i++) {
            char c = substitution.charAt(i);
            boolean group = false;
            if (c == '\\') {
                char next = i + 1 < substitution.length() ? substitution.charAt(i + 1) : 0;
                if (next >= '0' && next <= '9') {
                    if (next - '0' > pattern.groupCount()) {
                        inspection.reject(path, "\\" + next + " names a group that the expression does not have");
                    }
                    out.append('$').append(next);
                    group = true;
                } else if (next == '\\') {
                    out.append("\\\\");
                } else {
                    inspection.reject(path, "a backslash must be followed by a digit or a backslash");
                }
                i++;
            } else {
                if (c == '$' || (afterGroup && c >= '0' && c <= '9')) {
                    out.append('\\');
                }
                out.append(c);
            }
            afterGroup = group;
        }
        return out.toString();
    }

    List<HeaderMatch> headers(List<HeaderMatcher> matchers, String path, String field) {
        List<HeaderMatch> matches = new ArrayList<>();
        for (int i = 0; i < matchers.size(); i++) {
            matches.add(header(matchers.get(i), at(path, field, i)));
        }
        return matches;
    }

    @SuppressWarnings("deprecation") // the deprecated conditions are still sent and mean the same
    HeaderMatch header(HeaderMatcher matcher, String path) {
        inspection.only(
                matcher,
                path,
                Set.of(
                        "name",
                        "exact_match",
                        "safe_regex_match",
                        "range_match",
                        "present_match",
                        "prefix_match",
                        "suffix_match",
                        "contains_match",
                        "string_match",
                        "invert_match",
                        "treat_missing_header_as_empty"));
        if (matcher.getName().isEmpty()) {
            inspection.reject(at(path, "name"), "is empty");
        }
        HeaderMatch.Condition condition = switch (matcher.getHeaderMatchSpecifierCase()) {
            case EXACT_MATCH -> value(new StringMatch.Exact(matcher.getExactMatch(), false));
            case SAFE_REGEX_MATCH ->
                value(new StringMatch.Regex(regex(matcher.getSafeRegexMatch(), at(path, "safe_regex_match"))));
            case RANGE_MATCH ->
                new HeaderMatch.Range(
                        matcher.getRangeMatch().getStart(),
                        matcher.getRangeMatch().getEnd());
            case PRESENT_MATCH -> new HeaderMatch.Presence(matcher.getPresentMatch());
            case PREFIX_MATCH -> value(new StringMatch.Prefix(matcher.getPrefixMatch(), false));
            case SUFFIX_MATCH -> value(new StringMatch.Suffix(matcher.getSuffixMatch(), false));
            case CONTAINS_MATCH -> value(new StringMatch.Contains(matcher.getContainsMatch(), false));
            case STRING_MATCH -> value(string(matcher.getStringMatch(), at(path, "string_match")));
            case HEADERMATCHSPECIFIER_NOT_SET -> new HeaderMatch.Presence(true);
        };
        return new HeaderMatch(
                HeaderMatch.HeaderName.of(matcher.getName()),
                condition,
                matcher.getInvertMatch(),
                matcher.getTreatMissingHeaderAsEmpty());
    }

    private static HeaderMatch.Condition value(StringMatch match) {
        return new HeaderMatch.Value(match);
    }

    QueryMatch query(QueryParameterMatcher matcher, String path) {
        inspection.only(matcher, path, Set.of("name", "string_match", "present_match"));
        return switch (matcher.getQueryParameterMatchSpecifierCase()) {
            case STRING_MATCH ->
                new QueryMatch(matcher.getName(), string(matcher.getStringMatch(), at(path, "string_match")), true);
            case PRESENT_MATCH -> new QueryMatch(matcher.getName(), null, matcher.getPresentMatch());
            case QUERYPARAMETERMATCHSPECIFIER_NOT_SET -> new QueryMatch(matcher.getName(), null, true);
        };
    }

    /** The share; a runtime key is accepted, for there is no runtime that could say otherwise. */
    Fraction fraction(RuntimeFractionalPercent fraction, String path) {
        inspection.only(fraction, path, Set.of("default_value", "runtime_key"));
        return fraction(fraction.getDefaultValue(), at(path, "default_value"));
    }

    Fraction fraction(FractionalPercent fraction, String path) {
        inspection.only(fraction, path, Set.of("numerator", "denominator"));
        int denominator = switch (fraction.getDenominator()) {
            case HUNDRED -> 100;
            case TEN_THOUSAND -> 10_000;
            case MILLION -> 1_000_000;
            case UNRECOGNIZED -> {
                inspection.reject(at(path, "denominator"), "is unknown");
                yield 100;
            }
        };
        return new Fraction(Inspection.count(fraction.getNumerator()), denominator);
    }

    IpRange range(CidrRange range, String path) {
        inspection.only(range, path, Set.of("address_prefix", "prefix_len"));
        IpAddress address = IpAddress.parse(range.getAddressPrefix());
        if (address == null) {
            throw new Inspection.Unusable(
                    at(path, "address_prefix"), "\"" + range.getAddressPrefix() + "\" is no IP address");
        }
        int length = range.getPrefixLen().getValue();
        int longest = address.version6() ? 128 : 32;
        if (length < 0 || length > longest) {
            throw new Inspection.Unusable(at(path, "prefix_len"), "is more than " + longest);
        }
        return new IpRange(address, length);
    }

    List<IpRange> ranges(List<CidrRange> ranges, String path, String field) {
        List<IpRange> compiled = new ArrayList<>();
        for (int i = 0; i < ranges.size(); i++) {
            compiled.add(range(ranges.get(i), at(path, field, i)));
        }
        return compiled;
    }

    /**
     * Header changes of one level.
     *
     * @param direction {@code request} or {@code response}, for the paths
     */
    HeaderChanges changes(List<HeaderValueOption> additions, List<String> removals, String path, String direction) {
        List<HeaderChanges.Addition> compiled = new ArrayList<>();
        for (int i = 0; i < additions.size(); i++) {
            compiled.add(addition(additions.get(i), at(path, direction + "_headers_to_add", i)));
        }
        List<AsciiString> names = new ArrayList<>();
        for (int i = 0; i < removals.size(); i++) {
            names.add(headerName(removals.get(i), at(path, direction + "_headers_to_remove", i)));
        }
        return HeaderChanges.of(names, compiled);
    }

    @SuppressWarnings("deprecation") // "append" is still sent and says the same as two of the actions
    HeaderChanges.Addition addition(HeaderValueOption option, String path) {
        inspection.only(option, path, Set.of("header", "append", "append_action", "keep_empty_value"));
        HeaderValue header = option.getHeader();
        String headerPath = at(path, "header");
        inspection.only(header, headerPath, Set.of("key", "value", "raw_value"));
        String value = header.getRawValue().isEmpty()
                ? header.getValue()
                : header.getRawValue().toString(StandardCharsets.ISO_8859_1);
        FormatText format = FormatText.literal(value);
        try {
            format = FormatText.compile(value);
        } catch (IllegalArgumentException bad) {
            inspection.reject(at(headerPath, "value"), String.valueOf(bad.getMessage()));
        }
        if (value.indexOf('\n') >= 0 || value.indexOf('\r') >= 0 || value.indexOf('\0') >= 0) {
            inspection.reject(at(headerPath, "value"), "holds a line break or NUL");
        }
        HeaderChanges.Append append = switch (option.getAppendAction()) {
            case APPEND_IF_EXISTS_OR_ADD -> HeaderChanges.Append.APPEND_IF_EXISTS_OR_ADD;
            case ADD_IF_ABSENT -> HeaderChanges.Append.ADD_IF_ABSENT;
            case OVERWRITE_IF_EXISTS_OR_ADD -> HeaderChanges.Append.OVERWRITE_IF_EXISTS_OR_ADD;
            case OVERWRITE_IF_EXISTS -> HeaderChanges.Append.OVERWRITE_IF_EXISTS;
            case UNRECOGNIZED -> {
                inspection.reject(at(path, "append_action"), "is unknown");
                yield HeaderChanges.Append.APPEND_IF_EXISTS_OR_ADD;
            }
        };
        if (option.hasAppend()) {
            if (append != HeaderChanges.Append.APPEND_IF_EXISTS_OR_ADD) {
                inspection.reject(at(path, "append"), "append and append_action are both set");
            }
            append = option.getAppend().getValue()
                    ? HeaderChanges.Append.APPEND_IF_EXISTS_OR_ADD
                    : HeaderChanges.Append.OVERWRITE_IF_EXISTS_OR_ADD;
        }
        return new HeaderChanges.Addition(
                headerName(header.getKey(), at(headerPath, "key")), format, append, option.getKeepEmptyValue());
    }

    AsciiString headerName(String name, String path) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.isEmpty()) {
            inspection.reject(path, "is empty");
        } else if (lower.charAt(0) == ':' || lower.equals("host")) {
            inspection.reject(path, "pseudo headers and \"host\" cannot be changed so; rewrite the host instead");
        } else {
            for (int i = 0; i < lower.length(); i++) {
                char c = lower.charAt(i);
                if (c <= ' ' || c >= 0x7f || "\"(),/:;<=>?@[\\]{}".indexOf(c) >= 0) {
                    inspection.reject(path, "\"" + name + "\" is no header name");
                    break;
                }
            }
        }
        return AsciiString.cached(lower);
    }

    /** Content given in the configuration itself. */
    byte[] inline(DataSource source, String path) {
        inspection.only(source, path, Set.of("inline_bytes", "inline_string"));
        return switch (source.getSpecifierCase()) {
            case INLINE_BYTES -> source.getInlineBytes().toByteArray();
            case INLINE_STRING ->
                ByteString.copyFromUtf8(source.getInlineString()).toByteArray();
            case FILENAME, ENVIRONMENT_VARIABLE, SPECIFIER_NOT_SET -> new byte[0];
        };
    }
}
