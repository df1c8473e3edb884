package dev.riser.proxy.balance;

import java.time.Duration;

/**
 * When an endpoint is ejected. Percentages are 0 to 100; {@code enforce…} is the share of findings that lead to an
 * ejection, the others are only reported.
 *
 * @param consecutiveServerErrors 5xx in a row
 * @param enforceServerErrors share of these findings
 * @param consecutiveGatewayErrors 502, 503 or 504 in a row
 * @param enforceGatewayErrors share of these findings
 * @param splitLocalOrigin whether failures on our side (connect, timeout, reset) are counted apart from responses
 * @param consecutiveLocalOrigin of them in a row
 * @param enforceLocalOrigin share of these findings
 * @param interval between two sweeps
 * @param baseEjectionTime of the first ejection; the n-th in a row lasts n times as long
 * @param maxEjectionTime at most
 * @param ejectionJitter added at random, at most
 * @param maxEjectionPercent of the cluster's endpoints that may be out at once
 * @param alwaysEjectOne whether one may be out whatever that share
 * @param successRate ejection of those that fail more than the others do
 * @param failurePercentage ejection of those that fail more than a fixed share
 */
public record OutlierSettings(
        int consecutiveServerErrors,
        int enforceServerErrors,
        int consecutiveGatewayErrors,
        int enforceGatewayErrors,
        boolean splitLocalOrigin,
        int consecutiveLocalOrigin,
        int enforceLocalOrigin,
        Duration interval,
        Duration baseEjectionTime,
        Duration maxEjectionTime,
        Duration ejectionJitter,
        int maxEjectionPercent,
        boolean alwaysEjectOne,
        SuccessRate successRate,
        FailurePercentage failurePercentage) {

    /** What holds where the configuration is silent. Source: Envoy. */
    public static final OutlierSettings DEFAULT = new OutlierSettings(
            5,
            100,
            5,
            0,
            false,
            5,
            100,
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(300),
            Duration.ZERO,
            10,
            false,
            new SuccessRate(100, 5, 100, 1900),
            new FailurePercentage(0, 85, 5, 50));

    /**
     * Ejection of those whose success rate is further below the mean than so many standard deviations.
     *
     * @param enforce share of findings
     * @param minimumHosts with enough requests, else nothing is looked at
     * @param minimumRequests in an interval for an endpoint to count
     * @param deviationThousandths 1900: 1.9 standard deviations
     */
    public record SuccessRate(int enforce, int minimumHosts, int minimumRequests, int deviationThousandths) {}

    /**
     * Ejection of those that fail at least this share.
     *
     * @param enforce share of findings
     * @param threshold percent of failed requests
     * @param minimumHosts with enough requests, else nothing is looked at
     * @param minimumRequests in an interval for an endpoint to count
     */
    public record FailurePercentage(int enforce, int threshold, int minimumHosts, int minimumRequests) {}
}
