/* Where AWS credentials are found on the machine itself. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "support/aws_place.h"

/* ---- the environment ---- */

Test(aws_environment, an_empty_one_is_passed_over, .init = open_place,
     .fini = close_place)
{
    cr_expect(eq(int, load(&ccpi_aws_from_environment), CCP_NOT_FOUND));
}

Test(aws_environment, keys_with_and_without_a_token, .init = open_place,
     .fini = close_place)
{
    aws_endpoint_set(&here, "AWS_ACCESS_KEY_ID", AWS_EXAMPLE_ID);
    aws_endpoint_set(&here, "AWS_SECRET_ACCESS_KEY", AWS_EXAMPLE_SECRET);
    cr_assert(eq(int, load(&ccpi_aws_from_environment), CCP_OK));
    expect_keys(AWS_EXAMPLE_ID, AWS_EXAMPLE_SECRET, "");
    cr_expect(eq(i64, keys.expires_at_us, CCPI_AWS_NEVER));

    aws_endpoint_set(&here, "AWS_SESSION_TOKEN", "a+b/c==");
    cr_assert(eq(int, load(&ccpi_aws_from_environment), CCP_OK));
    expect_keys(AWS_EXAMPLE_ID, AWS_EXAMPLE_SECRET, "a+b/c==");
}

Test(aws_environment, half_of_the_keys_is_a_mistake_that_names_the_other_half,
     .init = open_place, .fini = close_place)
{
    aws_endpoint_set(&here, "AWS_ACCESS_KEY_ID", AWS_EXAMPLE_ID);
    cr_expect(eq(int, load(&ccpi_aws_from_environment), CCP_INVALID));
    expect_message_has("secret access key");
}

Test(aws_environment, what_can_be_no_header_is_refused_and_not_repeated,
     .init = open_place, .fini = close_place)
{
    aws_endpoint_set(&here, "AWS_ACCESS_KEY_ID", AWS_EXAMPLE_ID);
    aws_endpoint_set(&here, "AWS_SECRET_ACCESS_KEY", AWS_EXAMPLE_SECRET);
    aws_endpoint_set(&here, "AWS_SESSION_TOKEN", "hidden\r\nx: y");
    cr_expect(eq(int, load(&ccpi_aws_from_environment), CCP_INVALID));
    cr_expect(zero(ptr, strstr(failure.message, "hidden")));
    cr_expect(eq(str, keys.secret_access_key, (char *)""));
}

/* ---- profile files ---- */

Test(aws_profile, no_files_are_passed_over, .init = open_place, .fini = close_place)
{
    aws_endpoint_set(&here, "HOME", folder);
    cr_expect(eq(int, load(&ccpi_aws_from_profile), CCP_NOT_FOUND));
}

/* The example of the SDKs' guide, "Format of the credentials file". */
#define GUIDES_FILE                                                                      \
    "[default]\n"                                                                        \
    "aws_access_key_id=" AWS_EXAMPLE_ID "\n"                                             \
    "aws_secret_access_key=" AWS_EXAMPLE_SECRET "\n"                                     \
    "\n"                                                                                 \
    "# a comment = none\n"                                                               \
    "[user1]\n"                                                                          \
    "aws_access_key_id = AKIAI44QH8DHBEXAMPLE\n"                                         \
    "AWS_SECRET_ACCESS_KEY = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY ; old one\r\n"     \
    "aws_session_token = tok=en==\n"                                                     \
    "s3 =\n"                                                                             \
    "  aws_access_key_id = nested\n"

Test(aws_profile, the_default_profile, .init = open_place, .fini = close_place)
{
    use_files(GUIDES_FILE, NULL);
    cr_assert(eq(int, load(&ccpi_aws_from_profile), CCP_OK));
    expect_keys(AWS_EXAMPLE_ID, AWS_EXAMPLE_SECRET, "");
}

Test(aws_profile, a_named_profile, .init = open_place, .fini = close_place)
{
    use_files(GUIDES_FILE, NULL);
    aws_endpoint_set(&here, "AWS_PROFILE", "user1");
    cr_assert(eq(int, load(&ccpi_aws_from_profile), CCP_OK));
    expect_keys("AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
                "tok=en==");
}

Test(aws_profile, sections_of_the_config_file_begin_with_profile, .init = open_place,
     .fini = close_place)
{
    use_files(NULL, "[user1]\naws_access_key_id=wrong\naws_secret_access_key=wrong\n"
                    "[profile user1]\nregion=eu-west-1\naws_access_key_id=right\n"
                    "aws_secret_access_key=secret\n");
    aws_endpoint_set(&here, "AWS_PROFILE", "user1");
    cr_assert(eq(int, load(&ccpi_aws_from_profile), CCP_OK));
    expect_keys("right", "secret", "");
}

Test(aws_profile, the_credentials_file_goes_before_the_config_file, .init = open_place,
     .fini = close_place)
{
    use_files("[default]\naws_access_key_id=a\naws_secret_access_key=b\n",
              "[default]\naws_access_key_id=c\naws_secret_access_key=d\n"
              "aws_session_token=e\n");
    cr_assert(eq(int, load(&ccpi_aws_from_profile), CCP_OK));
    expect_keys("a", "b", "");
}

Test(aws_profile, files_are_looked_for_in_the_home_folder, .init = open_place,
     .fini = close_place)
{
    write_file("keys", "[default]\naws_access_key_id=a\naws_secret_access_key=b\n");
    aws_endpoint_set(&here, "HOME", folder);
    aws_endpoint_set(&here, "AWS_SHARED_CREDENTIALS_FILE", "~/keys");
    cr_assert(eq(int, load(&ccpi_aws_from_profile), CCP_OK));
    expect_keys("a", "b", "");
}

Test(aws_profile, a_profile_that_is_named_must_exist, .init = open_place,
     .fini = close_place)
{
    use_files(GUIDES_FILE, NULL);
    aws_endpoint_set(&here, "AWS_PROFILE", "user2");
    cr_expect(eq(int, load(&ccpi_aws_from_profile), CCP_INVALID));
    expect_message_has("\"user2\"");
}

Test(aws_profile, a_way_that_is_not_gone_here_is_named, .init = open_place,
     .fini = close_place)
{
    use_files(NULL, "[default]\nregion = us-east-1\nsso_session = my-sso\n");
    cr_expect(eq(int, load(&ccpi_aws_from_profile), CCP_INVALID));
    expect_message_has("sso_session");
}
