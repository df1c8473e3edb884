package dev.riser.proxy.route;

import java.time.Duration;

/**
 * A token bucket in front of the requests. The bucket itself belongs to the caller, one for each instance of this record.
 *
 * @param statPrefix name in metrics
 * @param maxTokens size of the bucket; 0: no limit
 * @param tokensPerFill how many are added each interval
 * @param fillInterval the interval
 * @param status of the answer when the bucket is empty
 * @param enabled for which requests a token is asked for
 * @param enforced for which of them an empty bucket is an answer
 * @param perConnection whether each downstream connection has a bucket of its own
 * @param responseChanges header changes of the answer
 */
public record LocalRateLimit(
        String statPrefix,
        int maxTokens,
        int tokensPerFill,
        Duration fillInterval,
        int status,
        Fraction enabled,
        Fraction enforced,
        boolean perConnection,
        HeaderChanges responseChanges) {}
