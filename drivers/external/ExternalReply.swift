internal import VolumeDriver

/// What the executable writes: one JSON object with either a result or an error. Keys that aren't known are passed over.
struct ExternalReply<Result: Decodable>: Decodable {
    let version: Int
    let result: Result?
    let error: ExternalFailure?

    enum CodingKeys: String, CodingKey {
        case version = "protocol"
        case result, error
    }
}

/// Why the executable did not do what it was asked.
struct ExternalFailure: Decodable {
    let code: String
    let message: String
    let cause: String?
    let remedy: String?
    let leftBehind: String?
    let mayRetry: Bool?

    enum CodingKeys: String, CodingKey {
        case code, message, cause, remedy
        case leftBehind = "left_behind"
        case mayRetry = "may_retry"
    }

    private static let codes: [DriverError.Code] = [
        .retryableElsewhere, .refused, .broken, .busy, .notFound, .unsupported, .foreignPool,
    ]

    /// `nil` when the code is none of those that an executable may say.
    var error: DriverError? {
        guard let code = Self.codes.first(where: { $0.description == code }) else { return nil }
        return DriverError(
            code,
            message.printable,
            cause: cause?.printable,
            remedy: remedy?.printable,
            leftBehind: leftBehind?.printable,
            mayRetry: mayRetry
        )
    }
}

extension String {
    /// Without what could write to a terminal, and not longer than people read: what comes from outside is not trusted.
    var printable: String {
        var text = ""
        var scalars = unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard text.utf8.count < 4096 else { return text + "…" }
            let isShown =
                switch scalar.properties.generalCategory {
                case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator: false
                default: true
                }
            text.unicodeScalars.append(isShown ? scalar : " ")
        }
        return text
    }
}
