internal import Glibc
internal import Trust
internal import VolumeAPI

extension VolumeError {
    init(_ error: Distrust, _ headline: String) {
        let code: Code = error.isPermission ? .notPermitted : error.number == ENOENT ? .notFound : .invalidInput
        self.init(code, headline, cause: error.description, remedies: [.advice(error.remedy)])
    }
}

extension String {
    /// The last name in a path, after its slash.
    var lastName: String { split(separator: "/").last.map { "/" + $0 } ?? "/" }

    /// The scheme of an address such as `https://…`, in lower case; `nil` for a path.
    var urlScheme: String? {
        guard let match = prefixMatch(of: /([A-Za-z][A-Za-z0-9+.\-]*):\/\//) else { return nil }
        return match.1.lowercased()
    }
}
