/// The names of environment variables.
enum EnvironmentName {
    /// The variable that sets `key`: `VOLUMECTL_QUOTA_VOLUMES`.
    ///
    /// Follows the naming rules of the library that reads the variables: an underscore separates the parts of a key,
    /// replaces every character other than a letter or a digit, and precedes a capital after a small letter.
    static func of(_ key: [String]) -> String { (["volumectl"] + key).map(word).joined(separator: "_") }

    private static func word(_ part: String) -> String {
        var word = ""
        var isAfterSmallLetter = false
        for character in part {
            if isAfterSmallLetter && character.isUppercase { word += "_" }
            word += character.isLetter || character.isNumber ? character.uppercased() : "_"
            isAfterSmallLetter = character.isLowercase
        }
        return word
    }
}
